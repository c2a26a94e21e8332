import { join } from 'node:path';
import { auditKeysIn } from '../audit/wrapped-keys.ts';
import { rewrapState } from '../audit/state.ts';
import type { Clock } from '../device/clock.ts';
import type { Files } from '../device/files.ts';
import { keyFolderOf, type Keys } from '../device/keys.ts';
import {
  beginRootKeyChange,
  finishRootKeyChange,
  isRootKeyChanging,
  type RootKeyChange,
} from '../device/root-key.ts';
import { openTpm } from '../device/tpm.ts';
import { rewrapFile, type WrappedKey } from '../device/wrapped-key.ts';
import { accessFolderOf, accountKeysIn } from '../panel/access/account-store.ts';
import { certificateFolderOf, certificateKeysIn } from '../panel/access/device-certificate.ts';
import { identityFolderOf, identityKeysIn } from '../device/identity-key.ts';
import { ownKeysIn } from '../runtime/audit-trail.ts';
import type { Configuration } from '../runtime/config.ts';
import { pictureKeysIn } from '../runtime/preview/picture-shelf.ts';
import { rekeyDatabase } from '../runtime/spool/database.ts';
import { segmentKeysIn } from '../runtime/spool/segment-keys.ts';
import { openStorage, stateDatabaseIn, stateSecretOf } from '../runtime/storage.ts';

export interface ChangedRootKey {
  keys: Keys;
  /** Keys that are wrapped with the new root key. */
  rewrapped: number;
  /** Those that the old one did not open either: destroyed or damaged before. They stay as they are. */
  unusable: number;
}

/**
 * Gives a device whose appliance does not run another root key, and wraps with it whatever the old one had wrapped;
 * then the old one is destroyed. Cut off anywhere, it goes on when it is called again, and until then nothing starts on
 * the folder. Throws as openStorage does, and Node's own error where the disk does not work.
 */
export function changeRootKey(
  configuration: Configuration,
  files: Files,
  clock: Clock,
  tpm = openTpm(),
): ChangedRootKey {
  const folder = keyFolderOf(configuration.dataFolder);
  const change = begin(configuration, files, clock, () => beginRootKeyChange(files, folder, tpm));
  const { dataFolder } = configuration;
  const done = wrappedKeysIn(files, dataFolder).map((each) =>
    rewrapFile(files, each, change.old, change.next),
  );
  rewrapState(files, join(dataFolder, 'audit'), change.old, change.next);
  const [before, after] = [stateSecretOf(change.old), stateSecretOf(change.next)];
  rekeyDatabase(stateDatabaseIn(dataFolder), files, before, after);
  finishRootKeyChange(files, folder);
  const rewrapped = done.filter(Boolean).length;
  return { keys: change.next, rewrapped, unusable: done.length - rewrapped };
}

/** Nobody else has the data folder when the change begins; while it is under way nobody can open it. */
function begin(
  configuration: Configuration,
  files: Files,
  clock: Clock,
  work: () => RootKeyChange,
): RootKeyChange {
  if (isRootKeyChanging(files, keyFolderOf(configuration.dataFolder))) return work();
  const { database } = openStorage(configuration, files, clock);
  try {
    return work();
  } finally {
    database.close();
  }
}

/** Every key of a data folder that its root key has wrapped. */
export function wrappedKeysIn(files: Files, dataFolder: string): WrappedKey[] {
  const audit = join(dataFolder, 'audit');
  return [
    ...segmentKeysIn(files, join(dataFolder, 'spool', 'keys')),
    ...pictureKeysIn(files, join(dataFolder, 'previews')),
    ...auditKeysIn(files, audit),
    ...ownKeysIn(files, audit),
    ...accountKeysIn(files, accessFolderOf(dataFolder)),
    ...certificateKeysIn(files, certificateFolderOf(dataFolder)),
    ...identityKeysIn(files, identityFolderOf(dataFolder)),
  ];
}
