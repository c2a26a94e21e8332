import { Pool, types as standardTypes } from 'pg';
import { ScansideError } from '../../../device/errors.ts';
import type { Row, Sql, SqlSession, SqlValue } from './sql.ts';

const connections = 4;
const bigint = 20;
/** Any number that no other program on the same database uses as an advisory lock. */
const schemaLock = 7_226_743;

/** Whole numbers as numbers: all of ours are far below 2^53. */
const types = {
  getTypeParser: (type: number, format?: 'text' | 'binary') =>
    type === bigint ? Number : standardTypes.getTypeParser(type, format),
};

/** Connects to PostgreSQL by `postgres://USER:PASSWORD@HOST/DATABASE`. Throws FLEET_DATABASE_FAILED. */
export async function openPostgres(url: string): Promise<Sql> {
  const pool = new Pool({
    connectionString: url,
    max: connections,
    types,
  });
  // A connection that breaks while nobody uses it is replaced; the next statement says what is wrong.
  pool.on('error', () => undefined);
  try {
    await pool.query('SELECT 1');
  } catch (cause) {
    await pool.end();
    throw new ScansideError('FLEET_DATABASE_FAILED', String(cause), { cause });
  }
  return new Postgres(pool);
}

class Postgres implements Sql {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  rows(text: string, values?: readonly SqlValue[]): Promise<Row[]> {
    return sessionOf(this.#pool).rows(text, values);
  }

  change(text: string, values?: readonly SqlValue[]): Promise<number> {
    return sessionOf(this.#pool).change(text, values);
  }

  async transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('BEGIN');
      const result = await work(sessionOf(client));
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((cause: Error) => (broken = cause));
      throw error;
    } finally {
      client.release(broken);
    }
  }

  exclusive<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return this.transaction(async (session) => {
      await session.rows('SELECT 1 FROM pg_advisory_xact_lock($1)', [schemaLock]);
      return work(session);
    });
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}

function sessionOf(client: Pick<Pool, 'query'>): SqlSession {
  return {
    rows: async (text, values = []) => (await client.query<Row>(text, [...values])).rows,
    change: async (text, values = []) => (await client.query(text, [...values])).rowCount ?? 0,
  };
}
