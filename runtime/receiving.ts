import type { ApplianceOptions } from './appliance.ts';
import { ReceiverLink, type ReceiverLinkOptions } from './receiver-link.ts';
import { receiverSettings } from './receiver-settings.ts';
import type { StoredRecord } from './spool/segment-reader.ts';
import { recoverFolder, type Storage } from './storage.ts';
import { readReceiverTls } from './tls-files.ts';

export interface ReceivingParts extends Pick<ReceiverLinkOptions, 'told' | 'perform' | 'died'> {
  options: Pick<ApplianceOptions, 'configuration' | 'clock' | 'files' | 'log'>;
  storage: Storage;
  /** An instance lies in the spool. */
  received(record: StoredRecord): void;
  /** What lay there before is taken up. */
  recovered(): void;
}

/** The receiver process, which is let in only when what it left before is taken up. */
export function connectReceiver(parts: ReceivingParts): ReceiverLink {
  const { options, storage, received, recovered } = parts;
  const { configuration, clock, files } = options;
  return new ReceiverLink({
    ...parts,
    clock,
    files,
    settings: receiverSettings(configuration, storage.spool, readReceiverTls(configuration, files)),
    recover: async () => {
      for (const folder of ['inbox', 'quarantine'])
        await recoverFolder(options, storage, folder, received);
      recovered();
    },
  });
}
