import Database from 'better-sqlite3-multiple-ciphers';
import { ScansideError } from '../../device/errors.ts';
import type { Keys } from '../../device/keys.ts';

/** What the device knows of its models, opened. A command may have it open beside the appliance. */
export type QualityDatabase = Database.Database;

/** Name of the file in the data folder. */
export const qualityFileName = 'quality.db';

const schemaVersion = 1;

/** Milliseconds to wait for whoever else is writing. */
const waitMs = 5000;

/**
 * Opens the database of quality, sealed with a secret of the root key. Nothing else could restore what it says, so that
 * what a write has returned of is on the disk. Throws QUALITY_STORE_UNUSABLE where it is damaged, of another device or
 * of a later version.
 */
export function openQualityDatabase(path: string, keys: Keys): QualityDatabase {
  const database = new Database(path, { timeout: waitMs });
  try {
    database.pragma(`cipher = 'chacha20'`);
    database.pragma(`key = 'raw:${keys.identify('secret', qualityFileName)}'`);
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    const version = database.pragma('user_version', { simple: true });
    if (version !== 0 && version !== schemaVersion)
      throw new Error(`its version is ${String(version)}`);
    database.exec(schema);
    database.pragma(`user_version = ${schemaVersion}`);
    return database;
  } catch (cause) {
    database.close();
    throw new ScansideError('QUALITY_STORE_UNUSABLE', path, { cause });
  }
}

/** Grows whenever another process has changed something. */
export function changesOfOthers(database: QualityDatabase): number {
  return database.pragma('data_version', { simple: true }) as number;
}

/** Exams, patients and accession numbers stand under names that only this device can make. */
const schema = `
CREATE TABLE IF NOT EXISTS exam (
  exam TEXT NOT NULL,
  model TEXT NOT NULL,
  finding TEXT NOT NULL,
  version TEXT NOT NULL,
  study_uid TEXT NOT NULL,
  accession TEXT NOT NULL,
  patient TEXT NOT NULL,
  at INTEGER NOT NULL,
  modality TEXT NOT NULL,
  scanner TEXT NOT NULL,
  site TEXT NOT NULL,
  age TEXT NOT NULL,
  sex TEXT NOT NULL,
  score REAL,
  flagged INTEGER,
  reason TEXT NOT NULL,
  PRIMARY KEY (exam, model, finding)
) STRICT;
CREATE INDEX IF NOT EXISTS exam_by_time ON exam (model, finding, at);
CREATE INDEX IF NOT EXISTS exam_by_accession ON exam (accession);
CREATE INDEX IF NOT EXISTS exam_by_study ON exam (study_uid);

CREATE TABLE IF NOT EXISTS opinion (
  act TEXT PRIMARY KEY,
  exam TEXT NOT NULL,
  opinion TEXT NOT NULL,
  role TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS truth (
  exam TEXT NOT NULL,
  finding TEXT NOT NULL,
  source TEXT NOT NULL,
  reader TEXT NOT NULL,
  label INTEGER NOT NULL,
  selection TEXT NOT NULL,
  probability REAL NOT NULL,
  known_at INTEGER NOT NULL,
  batch TEXT NOT NULL,
  PRIMARY KEY (exam, finding, source, reader)
) STRICT;

CREATE TABLE IF NOT EXISTS audit_draw (
  exam TEXT NOT NULL,
  model TEXT NOT NULL,
  finding TEXT NOT NULL,
  probability REAL NOT NULL,
  drawn_at INTEGER NOT NULL,
  PRIMARY KEY (exam, model, finding)
) STRICT;

CREATE TABLE IF NOT EXISTS reading (
  exam TEXT NOT NULL,
  finding TEXT NOT NULL,
  reader TEXT NOT NULL,
  label INTEGER NOT NULL,
  confidence TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (exam, finding, reader)
) STRICT;

CREATE TABLE IF NOT EXISTS stream (
  model TEXT NOT NULL,
  modality TEXT NOT NULL,
  scanner TEXT NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (model, modality, scanner)
) STRICT;

CREATE TABLE IF NOT EXISTS trust (
  model TEXT PRIMARY KEY,
  hash TEXT NOT NULL,
  state TEXT NOT NULL,
  since INTEGER NOT NULL,
  charts_since INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS move (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  model TEXT NOT NULL,
  hash TEXT NOT NULL,
  was TEXT NOT NULL,
  is_now TEXT NOT NULL,
  event TEXT NOT NULL,
  mover TEXT NOT NULL,
  user TEXT NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS ticket (
  model TEXT NOT NULL,
  version TEXT NOT NULL,
  finding TEXT NOT NULL,
  since INTEGER NOT NULL,
  PRIMARY KEY (model, version, finding, since)
) STRICT;

CREATE TABLE IF NOT EXISTS request (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  model TEXT NOT NULL,
  event TEXT NOT NULL,
  mover TEXT NOT NULL,
  user TEXT NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
`;
