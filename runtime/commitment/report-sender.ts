import type { Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import {
  commitmentEvents,
  encodeCommitmentResult,
  type CommitmentResult,
} from '../dicom/commitment.ts';
import { dial, type RequestorTls } from '../dicom/sender.ts';
import { explicitVrLittleEndian, implicitVrLittleEndian } from '../dicom/transfer-syntax.ts';
import { storageCommitmentInstance, storageCommitmentPushModel } from '../dicom/uid.ts';

/** Where a scanner takes its storage commitment reports. */
export interface CommitmentPeer {
  aeTitle: string;
  host: string;
  port: number;
  tls: RequestorTls | undefined;
}

const maxPduLength = 131_072;
const connectMs = 10_000;
const responseMs = 30_000;

/**
 * Sends one report on an association of its own, in which we propose to be the SCP (PS3.4 J.3.3, PS3.7 D.3.3.4).
 * Resolves with the status of the response; rejects as `dial` does.
 */
export async function sendReport(
  { aeTitle, host, port, tls }: CommitmentPeer,
  callingAeTitle: string,
  result: CommitmentResult,
  clock: Clock,
): Promise<number> {
  const sopClassUid = storageCommitmentPushModel;
  const association = await dial({
    host,
    port,
    tls,
    callingAeTitle,
    calledAeTitle: aeTitle,
    contexts: [
      {
        abstractSyntax: sopClassUid,
        transferSyntaxes: [explicitVrLittleEndian, implicitVrLittleEndian],
        roles: { scu: false, scp: true },
      },
    ],
    maxPduLength,
    connectMs,
    responseMs,
    clock,
  });
  try {
    const transferSyntax = association.transferSyntaxOf(sopClassUid);
    if (!transferSyntax)
      throw new ScansideError('CONTEXT_NOT_ACCEPTED', 'Storage Commitment Push Model');
    const { allCommitted, failuresExist } = commitmentEvents;
    return await association.eventReport({
      sopClassUid,
      sopInstanceUid: storageCommitmentInstance,
      typeId: result.failed.length > 0 ? failuresExist : allCommitted,
      dataSet: encodeCommitmentResult(result, transferSyntax),
    });
  } finally {
    await association.release();
  }
}
