import { keyFolderOf } from '../device/keys.ts';
import type { Configuration } from './config.ts';
import type { Caller, ReceiverTls } from './dicom/receiver.ts';
import { findSopClassUid } from './dicom/sop-class.ts';
import { findTransferSyntaxUid } from './dicom/transfer-syntax.ts';
import type { ReceiverConfiguration } from './receiver-config.ts';
import type { ReceiverSettings } from './receiver-message.ts';

/** What the receiver process is told, from the configuration: names become UIDs, files texts, seconds milliseconds. */
export function receiverSettings(
  { dataFolder, receiver, spool: { encryption, refuseBelowPercentFree } }: Configuration,
  spool: string,
  tls: ReceiverTls | undefined,
): ReceiverSettings {
  const { host, port, plain, aeTitle, maxPduLength, maxInstanceBytes } = receiver;
  const { maxAssociations, maxAssociationsPerAddress, maxAssociationsPerAeTitle } = receiver;
  return {
    host,
    port: plain ? port : undefined,
    tls,
    aeTitle,
    acceptAnyCalledAe: receiver.acceptAnyCalledAeTitle,
    callers: receiver.callers.map(resolveNames),
    maxPduLength,
    maxInstanceBytes,
    maxAssociations,
    maxAssociationsPerAddress,
    maxAssociationsPerAeTitle,
    artimMs: receiver.artimSeconds * 1000,
    idleMs: receiver.idleSeconds * 1000,
    rate: {
      bytes: Math.ceil(receiver.minBytesPerSecond * receiver.rateWindowSeconds),
      windowMs: receiver.rateWindowSeconds * 1000,
    },
    commitment: receiver.commitment.length > 0 ? 'both' : 'scu',
    procedureSteps: receiver.mpps,
    spool,
    refuseBelowPercentFree,
    keyFolder: encryption ? keyFolderOf(dataFolder) : undefined,
  };
}

function resolveNames(caller: ReceiverConfiguration['callers'][number]): Caller {
  const { sopClasses, transferSyntaxes } = caller;
  return {
    ...caller,
    sopClasses: sopClasses?.map((name) => findSopClassUid(name) ?? name),
    transferSyntaxes: transferSyntaxes?.map((name) => findTransferSyntaxUid(name) ?? name),
  };
}
