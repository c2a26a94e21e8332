import Database from 'better-sqlite3-multiple-ciphers';
import { ScansideError } from '../../../device/errors.ts';
import type { Row, Sql, SqlSession, SqlValue } from './sql.ts';

/** Milliseconds of one try to begin writing while somebody else writes, and how many tries there are. */
const tryMs = 10;
const tries = 1000;

/** Opens the embedded database in a file. Throws FLEET_DATABASE_FAILED. */
export function openSqlite(path: string): Sql {
  try {
    const database = new Database(path, { timeout: tryMs });
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    return new Sqlite(database);
  } catch (cause) {
    throw new ScansideError('FLEET_DATABASE_FAILED', path, { cause });
  }
}

/** One connection: what is asked at once is done one after the other, a transaction as a whole. */
class Sqlite implements Sql {
  readonly #database: Database.Database;
  readonly #prepared = new Map<string, Database.Statement>();
  readonly #session: SqlSession;
  #last: Promise<unknown> = Promise.resolve();

  constructor(database: Database.Database) {
    this.#database = database;
    this.#session = {
      rows: async (text, values = []) => this.#prepare(text).all(named(values)) as Row[],
      change: async (text, values = []) => this.#prepare(text).run(named(values)).changes,
    };
  }

  rows(text: string, values?: readonly SqlValue[]): Promise<Row[]> {
    return this.#inTurn(() => this.#session.rows(text, values));
  }

  change(text: string, values?: readonly SqlValue[]): Promise<number> {
    return this.transaction((session) => session.change(text, values));
  }

  transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      await this.#begin();
      try {
        const result = await work(this.#session);
        this.#database.exec('COMMIT');
        return result;
      } catch (error) {
        if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
        throw error;
      }
    });
  }

  exclusive<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return this.transaction(work);
  }

  close(): Promise<void> {
    return this.#inTurn(async () => void this.#database.close());
  }

  /** Waits for another writer without blocking this process, which may be the other one as well. */
  async #begin(): Promise<void> {
    for (let left = tries; ; left -= 1)
      try {
        this.#database.exec('BEGIN IMMEDIATE');
        return;
      } catch (error) {
        if (left === 0 || !isBusy(error)) throw error;
        await new Promise((resolve) => setImmediate(resolve));
      }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  #prepare(text: string): Database.Statement {
    const known = this.#prepared.get(text);
    if (known) return known;
    const statement = this.#database.prepare(text);
    this.#prepared.set(text, statement);
    return statement;
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
}

/** `$1` is for SQLite a parameter with the name 1. */
function named(values: readonly SqlValue[]): Record<string, SqlValue> {
  return Object.fromEntries(values.map((value, at) => [String(at + 1), value]));
}
