import { join } from 'node:path';
import type { Clock } from '../device/clock.ts';
import type { Files } from '../device/files.ts';
import { keyFolderOf, type Keys } from '../device/keys.ts';
import { type KeyLevel, keyLevelOf } from '../device/root-key.ts';
import type { Configuration } from './config.ts';
import { DeliveryLedger } from './outbox/delivery-ledger.ts';
import { ActLedger } from './spool/act-ledger.ts';
import { openDatabase } from './spool/database.ts';
import { InstanceLedger } from './spool/instance-ledger.ts';
import { ObjectLedger } from './spool/object-ledger.ts';
import { Outgoing } from './spool/outgoing.ts';
import { makeSpool, recover } from './spool/recovery.ts';
import { openRootKey, SegmentKeys } from './spool/segment-keys.ts';
import type { StoredRecord } from './spool/segment-reader.ts';
import { StudyLedger } from './spool/study-ledger.ts';

/** What the appliance keeps on the disk. */
export interface Storage {
  /** Folder of the segments. */
  spool: string;
  /** The device's root key. */
  root: Keys;
  /** How that is kept. */
  keyLevel: KeyLevel;
  /** Open what is sealed, also where nothing is sealed any more. */
  keys: SegmentKeys;
  database: ReturnType<typeof openDatabase>;
  instances: InstanceLedger;
  studies: StudyLedger;
  objects: ObjectLedger;
  deliveries: DeliveryLedger;
  acts: ActLedger;
  outgoing: Outgoing;
}

/** Where the state database of a data folder lies. */
export function stateDatabaseIn(dataFolder: string): string {
  return join(dataFolder, 'state.db');
}

/** What the state database is encrypted with. */
export function stateSecretOf(root: Keys): string {
  return root.derive('secret', 'state.db');
}

/** Indexes what stands in an outgoing segment. A record without a kind is a result. */
export function indexOutgoing({ studies, objects, acts }: Storage, record: StoredRecord): void {
  const { kind } = record.meta;
  if (kind === undefined) studies.indexResult(record);
  else if (kind === 'act') acts.index(record);
  else objects.index(record);
}

type LogDamage = (level: 'error', event: string, fields: Record<string, unknown>) => void;

/** Has `index` take up what the segments of a folder hold, behind what it has taken up before. */
export function recoverFolder(
  { files, log }: { files: Files; log: LogDamage },
  { spool, keys, instances }: Storage,
  folder: string,
  index: (record: StoredRecord) => void,
): Promise<void> {
  return recover(join(spool, folder), {
    files,
    keys,
    scannedTo: (path) => instances.scannedTo(path),
    index,
    damaged: ({ code, ...damage }) => log('error', code, damage),
  });
}

/** Throws ROOT_KEY_MISSING, ROOT_KEY_CHANGING, KEY_EXPOSED, KEY_UNUSABLE or DATA_FOLDER_IN_USE. */
export function openStorage(
  { dataFolder, receiver, spool: { encryption } }: Configuration,
  files: Files,
  clock: Clock,
): Storage {
  const spool = join(dataFolder, 'spool');
  makeSpool(files, spool);
  const root = openRootKey(files, spool, keyFolderOf(dataFolder));
  const keys = new SegmentKeys(files, root, join(spool, 'keys'));
  const secret = encryption ? stateSecretOf(root) : undefined;
  const database = openDatabase(stateDatabaseIn(dataFolder), files, secret);
  return {
    spool,
    root,
    keyLevel: keyLevelOf(files, keyFolderOf(dataFolder)),
    keys,
    database,
    instances: new InstanceLedger(database, files, receiver.duplicatePolicy, keys),
    studies: new StudyLedger(database),
    objects: new ObjectLedger(database),
    deliveries: new DeliveryLedger(database),
    acts: new ActLedger(database),
    outgoing: new Outgoing(files, clock, join(spool, 'outgoing'), encryption ? keys : undefined),
  };
}
