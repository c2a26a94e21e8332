import Database from 'better-sqlite3-multiple-ciphers';
import { ScansideError } from '../../device/errors.ts';
import type { Files } from '../../device/files.ts';

/** Grows when the tables change. A database of another version is made again, like a missing one. */
const schemaVersion = 9;

/**
 * Opens the state database. Everything in it follows from the segments on disk: delete the file, and the next start
 * makes it again; a damaged or outdated one is deleted here. That is why NORMAL is enough: a power cut may take the
 * last transactions, never the file's order, and what is missing is read from the segments or done again, which gives
 * the same bytes. With a `secret` (64 hexadecimal digits) it is encrypted; one that another secret or none has made is
 * as good as damaged. Throws DATA_FOLDER_IN_USE.
 */
export function openDatabase(path: string, files: Files, secret?: string): Database.Database {
  try {
    return open(path, secret);
  } catch (error) {
    if (!isUnusable(error)) throw error;
    for (const end of ['', '-wal', '-shm']) files.remove(`${path}${end}`);
    return open(path, secret);
  }
}

function open(path: string, secret: string | undefined): Database.Database {
  const database = new Database(path, { timeout: 0 });
  try {
    if (secret !== undefined) unlock(database, secret);
    // A second appliance on the same folder fails here instead of spoiling the spool; the lock ends with the process.
    database.pragma('locking_mode = EXCLUSIVE');
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = NORMAL');
    prepare(database);
    return database;
  } catch (error) {
    database.close();
    if (!isBusy(error)) throw error;
    throw new ScansideError('DATA_FOLDER_IN_USE', path, { cause: error });
  }
}

/**
 * Encrypts a closed database with another secret: a copy is, and then takes its place. Harmless when repeated, and where
 * there is none. One that `old` does not open is left alone. Durable on return.
 */
export function rekeyDatabase(path: string, files: Files, old: string, next: string): void {
  const copy = `${path}.next`;
  files.remove(copy);
  if (!files.exists(path) || !opens(path, old)) return;
  files.replace(copy, files.readBytes(path));
  withDatabase(copy, old, (database) => database.pragma(`rekey = 'raw:${next}'`));
  files.replace(path, files.readBytes(copy));
  files.remove(copy);
}

/** Also puts what stands in the journal into the file, so that the file is all there is. */
function opens(path: string, secret: string): boolean {
  try {
    withDatabase(path, secret, (database) => database.pragma('journal_mode = DELETE'));
    return true;
  } catch (error) {
    if (isUnusable(error)) return false;
    throw error;
  }
}

function withDatabase(
  path: string,
  secret: string,
  work: (database: Database.Database) => void,
): void {
  const database = new Database(path, { timeout: 0 });
  try {
    unlock(database, secret);
    work(database);
  } finally {
    database.close();
  }
}

/** "raw": the secret is random already, and stretching it would cost a second at each start. */
function unlock(database: Database.Database, secret: string): void {
  database.pragma(`cipher = 'chacha20'`);
  database.pragma(`key = 'raw:${secret}'`);
}

function prepare(database: Database.Database): void {
  const version = database.pragma('user_version', { simple: true });
  if (version !== 0 && version !== schemaVersion) throw new OutdatedSchema();
  database.exec(schema);
  database.pragma(`user_version = ${schemaVersion}`);
}

/** Notes up to where an outgoing segment of a study has been indexed. */
export function noteScanned(
  database: Database.Database,
  { path, end }: { path: string; end: number },
  studyUid: string,
): void {
  database
    .prepare(
      `INSERT INTO segment (path, scanned_to, study_uid) VALUES (?, ?, ?)
       ON CONFLICT (path) DO UPDATE SET scanned_to = max(scanned_to, excluded.scanned_to)`,
    )
    .run(path, end, studyUid);
}

class OutdatedSchema extends Error {}

function isUnusable(error: unknown): boolean {
  return error instanceof OutdatedSchema || /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(error));
}

function isBusy(error: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error));
}

function codeOf(error: unknown): string {
  return error instanceof Database.SqliteError ? error.code : '';
}

const schema = `
CREATE TABLE IF NOT EXISTS segment (
  path TEXT PRIMARY KEY,
  scanned_to INTEGER NOT NULL,
  study_uid TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX IF NOT EXISTS segment_by_study ON segment (study_uid);

CREATE TABLE IF NOT EXISTS study (
  study_uid TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  revision INTEGER NOT NULL,
  first_received_at INTEGER NOT NULL,
  last_received_at INTEGER NOT NULL,
  identity TEXT NOT NULL,
  mismatch INTEGER NOT NULL DEFAULT 0,
  completeness TEXT NOT NULL DEFAULT '',
  raised INTEGER NOT NULL DEFAULT 0,
  completed_at INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS study_by_time ON study (last_received_at);

CREATE TABLE IF NOT EXISTS instance (
  study_uid TEXT NOT NULL REFERENCES study (study_uid),
  sop_instance_uid TEXT NOT NULL,
  series_uid TEXT NOT NULL,
  sop_class_uid TEXT NOT NULL,
  transfer_syntax_uid TEXT NOT NULL,
  path TEXT NOT NULL,
  start INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  length INTEGER NOT NULL,
  checksum INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  facts TEXT NOT NULL,
  PRIMARY KEY (study_uid, sop_instance_uid)
) STRICT;
CREATE INDEX IF NOT EXISTS instance_by_uid ON instance (sop_instance_uid);

CREATE TABLE IF NOT EXISTS conflict (
  path TEXT NOT NULL,
  offset INTEGER NOT NULL,
  study_uid TEXT NOT NULL,
  sop_instance_uid TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (path, offset)
) STRICT;
CREATE INDEX IF NOT EXISTS conflict_by_study ON conflict (study_uid);
CREATE INDEX IF NOT EXISTS conflict_by_uid ON conflict (sop_instance_uid);

CREATE TABLE IF NOT EXISTS quarantine (
  path TEXT NOT NULL,
  offset INTEGER NOT NULL,
  sop_instance_uid TEXT NOT NULL,
  calling_ae_title TEXT NOT NULL,
  reason TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (path, offset)
) STRICT;

CREATE TABLE IF NOT EXISTS analysis (
  study_uid TEXT NOT NULL,
  sop_instance_uid TEXT NOT NULL,
  model TEXT NOT NULL,
  result TEXT NOT NULL,
  late INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (study_uid, sop_instance_uid, model)
) STRICT;

CREATE TABLE IF NOT EXISTS result (
  study_uid TEXT NOT NULL,
  model TEXT NOT NULL,
  revision INTEGER NOT NULL,
  at INTEGER NOT NULL,
  conclusion TEXT NOT NULL,
  inputs TEXT NOT NULL,
  sop_class_uid TEXT NOT NULL,
  sop_instance_uid TEXT NOT NULL,
  series_uid TEXT NOT NULL,
  path TEXT NOT NULL,
  offset INTEGER NOT NULL,
  length INTEGER NOT NULL,
  late INTEGER NOT NULL DEFAULT 0,
  made_at INTEGER NOT NULL,
  completed_at INTEGER,
  bundle_hash TEXT NOT NULL,
  amends TEXT NOT NULL,
  withdrawal TEXT NOT NULL,
  PRIMARY KEY (study_uid, model, revision, amends)
) STRICT;

CREATE TABLE IF NOT EXISTS act (
  id TEXT PRIMARY KEY,
  study_uid TEXT NOT NULL,
  kind TEXT NOT NULL,
  user TEXT NOT NULL,
  role TEXT NOT NULL,
  at INTEGER NOT NULL,
  outcome_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  note TEXT NOT NULL,
  target TEXT NOT NULL,
  reports TEXT NOT NULL,
  path TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS act_by_study ON act (study_uid, at);

CREATE TABLE IF NOT EXISTS companion (
  sop_instance_uid TEXT PRIMARY KEY,
  study_uid TEXT NOT NULL,
  kind TEXT NOT NULL,
  report_uid TEXT NOT NULL,
  sop_class_uid TEXT NOT NULL,
  destination TEXT NOT NULL,
  path TEXT NOT NULL,
  offset INTEGER NOT NULL,
  length INTEGER NOT NULL,
  last INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS companion_by_report ON companion (report_uid);
CREATE INDEX IF NOT EXISTS companion_by_study ON companion (study_uid);
CREATE INDEX IF NOT EXISTS result_by_uid ON result (sop_instance_uid);

CREATE VIEW IF NOT EXISTS outgoing_object AS
  SELECT sop_instance_uid, sop_class_uid, study_uid, 'report' AS kind, sop_instance_uid AS report_uid, model,
    '' AS destination,
    json_extract(conclusion, '$.state') = 'flagged' AS flagged, at, path, offset, length
  FROM result WHERE sop_instance_uid <> ''
  UNION ALL
  SELECT companion.sop_instance_uid, companion.sop_class_uid, companion.study_uid, companion.kind, companion.report_uid,
    result.model, companion.destination, json_extract(result.conclusion, '$.state') = 'flagged', result.at, companion.path, companion.offset,
    companion.length
  FROM companion JOIN result ON result.sop_instance_uid = companion.report_uid;

CREATE TABLE IF NOT EXISTS delivery (
  sop_instance_uid TEXT NOT NULL,
  destination TEXT NOT NULL,
  state TEXT NOT NULL,
  rank INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER NOT NULL,
  detail TEXT NOT NULL DEFAULT '',
  sent_class_uid TEXT NOT NULL DEFAULT '',
  sent_instance_uid TEXT NOT NULL DEFAULT '',
  requests INTEGER NOT NULL DEFAULT 0,
  asked_in INTEGER NOT NULL DEFAULT 0,
  denied_in INTEGER NOT NULL DEFAULT 0,
  stored_at INTEGER,
  committed_at INTEGER,
  PRIMARY KEY (sop_instance_uid, destination)
) STRICT;
CREATE INDEX IF NOT EXISTS delivery_by_state ON delivery (destination, state, due_at);
CREATE INDEX IF NOT EXISTS delivery_by_rank ON delivery (destination, state, rank, due_at);
CREATE INDEX IF NOT EXISTS delivery_by_sent ON delivery (sent_instance_uid, destination);

CREATE TABLE IF NOT EXISTS commitment (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  transaction_uid TEXT NOT NULL UNIQUE,
  destination TEXT NOT NULL,
  requested_at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS commitment_by_time ON commitment (requested_at);

CREATE TABLE IF NOT EXISTS commitment_request (
  id INTEGER PRIMARY KEY,
  calling_ae_title TEXT NOT NULL,
  transaction_uid TEXT NOT NULL,
  instances TEXT NOT NULL,
  in_use INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  result TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS commitment_request_by_peer ON commitment_request (calling_ae_title, attempts);

CREATE TABLE IF NOT EXISTS procedure_step (
  sop_instance_uid TEXT PRIMARY KEY,
  study_uid TEXT NOT NULL,
  status TEXT NOT NULL,
  images INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS procedure_step_by_study ON procedure_step (study_uid);
`;
