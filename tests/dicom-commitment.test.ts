import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../device/clock.ts';
import {
  commitmentEvents,
  decodeCommitmentResult,
  encodeCommitmentRequest,
  requestCommitment,
} from '../runtime/dicom/commitment.ts';
import { readPart10 } from '../runtime/dicom/part10.ts';
import { type NormalizedRequest, type Receiver, startReceiver } from '../runtime/dicom/receiver.ts';
import { dial } from '../runtime/dicom/sender.ts';
import { storageCommitmentInstance, storageCommitmentPushModel } from '../runtime/dicom/uid.ts';
import { describeWith } from './outside.ts';
import { writeDicom } from './peers/dcmtk.ts';
import { type Orthanc, startOrthanc } from './peers/orthanc.ts';
import { temporaryFolder, until } from './peers/process.ts';

const secondaryCapture = '1.2.840.10008.5.1.4.1.1.7';
const implicitLittleEndian = '1.2.840.10008.1.2';
const explicitLittleEndian = '1.2.840.10008.1.2.1';

const held = { sopClassUid: secondaryCapture, sopInstanceUid: '2.25.55.1' };
const missing = { sopClassUid: secondaryCapture, sopInstanceUid: '2.25.55.2' };

describeWith(['Orthanc', 'dump2dcm'], 'storage commitment with Orthanc', () => {
  const folder = temporaryFolder();
  const reports: NormalizedRequest[] = [];
  let receiver: Receiver;
  let orthanc: Orthanc;

  beforeAll(async () => {
    receiver = await startReceiver(
      {
        host: '127.0.0.1',
        port: 0,
        aeTitle: 'SCANSIDE',
        maxPduLength: 16_384,
        maxAssociations: 4,
        artimMs: 5_000,
        idleMs: 30_000,
        storage: false,
        commitment: 'scu',
        clock: systemClock,
      },
      {
        eventReport(_association, request) {
          reports.push(request);
          return Promise.resolve(0);
        },
      },
    );
    const modalities = { scanside: { title: 'SCANSIDE', port: receiver.port } };
    orthanc = await startOrthanc(join(folder.path, 'orthanc'), { modalities });
  });

  afterAll(async () => {
    await receiver.close(0);
    await orthanc.stop();
    folder.remove();
  });

  beforeEach(() => {
    reports.length = 0;
  });

  it.each([implicitLittleEndian, explicitLittleEndian])(
    'reports on an association of its own what it holds and what not, in %s',
    async (transferSyntax) => {
      const association = await dial({
        host: '127.0.0.1',
        port: orthanc.dicomPort,
        callingAeTitle: 'SCANSIDE',
        calledAeTitle: orthanc.title,
        contexts: [
          { abstractSyntax: secondaryCapture, transferSyntaxes: [explicitLittleEndian] },
          { abstractSyntax: storageCommitmentPushModel, transferSyntaxes: [transferSyntax] },
        ],
        maxPduLength: 16_384,
        connectMs: 5_000,
        responseMs: 10_000,
        clock: systemClock,
      });
      const object = {
        ...held,
        transferSyntaxUid: explicitLittleEndian,
        dataSet: await instance(),
      };
      expect(await association.store(object)).toBe(0);
      const dataSet = encodeCommitmentRequest('2.25.66', [held, missing], transferSyntax);
      const request = { sopInstanceUid: storageCommitmentInstance, typeId: requestCommitment };
      const sopClassUid = storageCommitmentPushModel;
      expect(await association.action({ ...request, sopClassUid, dataSet })).toBe(0);
      await association.release();
      expect(await until(() => reports.length > 0)).toBe(true);
      const [report] = reports;
      expect(report).toMatchObject({ typeId: commitmentEvents.failuresExist, sopClassUid });
      expect(decodeCommitmentResult(report!.dataSet!, report!.transferSyntaxUid)).toEqual({
        transactionUid: '2.25.66',
        stored: [held],
        failed: [{ ...missing, reason: 0x0112 }],
      });
    },
  );

  async function instance(): Promise<Uint8Array> {
    const path = join(folder.path, 'instance.dcm');
    const lines = [
      `(0008,0016) UI [${held.sopClassUid}]`,
      `(0008,0018) UI [${held.sopInstanceUid}]`,
      '(0008,0060) CS [OT]',
      '(0010,0010) PN [Test^Peer]',
      '(0010,0020) LO [PEER]',
      '(0020,000d) UI [2.25.98.1]',
      '(0020,000e) UI [2.25.97.1]',
    ];
    await writeDicom(path, lines, ['+te']);
    return readPart10(readFileSync(path)).dataSet;
  }
});
