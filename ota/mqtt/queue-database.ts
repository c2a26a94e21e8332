import Database from 'better-sqlite3-multiple-ciphers';
import { ScansideError } from '../../device/errors.ts';
import type { Files } from '../../device/files.ts';
import { openSealed } from '../sealed-database.ts';

/**
 * Opens the database of the queue, encrypted with a `secret` of 64 hexadecimal digits; what is written is on stable
 * storage. One that cannot be read is begun anew, because a device without a queue would say nothing at all: then
 * `damaged` is told.
 */
export function openQueueDatabase(
  path: string,
  secret: string,
  files: Files,
  damaged: (error: ScansideError) => void,
): Database.Database {
  try {
    return open(path, secret);
  } catch (cause) {
    if (!isUnreadable(cause)) throw cause;
    damaged(new ScansideError('MQTT_QUEUE_DAMAGED', path, { cause }));
    for (const end of ['', '-wal', '-shm']) files.remove(`${path}${end}`);
    return open(path, secret);
  }
}

function open(path: string, secret: string): Database.Database {
  return openSealed(path, secret, 'SELECT count(*) FROM sqlite_schema');
}

function isUnreadable(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code);
}
