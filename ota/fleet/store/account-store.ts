import { createHash, randomBytes } from 'node:crypto';
import { ScansideError } from '../../../device/errors.ts';
import { secretHash, type SecretHash } from '../../../device/web/secret.ts';
import type { Row, Sql } from './sql.ts';

/** `viewer` looks; `operator` pauses, resumes and rolls back as well. */
export const consoleRoles = ['viewer', 'operator'] as const;

export type ConsoleRole = (typeof consoleRoles)[number];

/** Somebody who may use the fleet’s console. */
export interface ConsoleAccount {
  name: string;
  role: ConsoleRole;
  secret: SecretHash;
  /** Of this making of the account: sessions of another one are over. */
  version: string;
}

/** Somebody who has signed in. */
export interface ConsoleSession {
  /** Names it among the others; no secret. */
  id: string;
  user: string;
  role: ConsoleRole;
  /** What a form of ours bears and no other site knows. */
  csrf: string;
}

/** 2 to 32 of a-z, 0-9, dot, dash and underline. */
export const accountNameForm = /^[a-z0-9][a-z0-9._-]{1,31}$/;

/** Milliseconds without a request, and in all, after which a session is over. */
const idleMs = 30 * 60_000;
const totalMs = 12 * 3600_000;
/** Milliseconds within which the use of a session is not written down anew. */
const useMs = 60_000;

/** Accounts and sessions of the console, in the database: whichever service answers knows them. */
export class AccountStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async list(): Promise<ConsoleAccount[]> {
    return (await this.#sql.rows('SELECT * FROM accounts ORDER BY name')).map(accountOf);
  }

  async find(name: string): Promise<ConsoleAccount | undefined> {
    const [row] = await this.#sql.rows('SELECT * FROM accounts WHERE name = $1', [name]);
    return row && accountOf(row);
  }

  /** Throws FLEET_ACCOUNT_REFUSED where the name is taken or cannot be one. */
  async add(name: string, role: ConsoleRole, secret: SecretHash): Promise<void> {
    if (!accountNameForm.test(name))
      throw new ScansideError('FLEET_ACCOUNT_REFUSED', 'a name is 2 to 32 of a-z, 0-9, . - and _');
    const made = await this.#sql.change(
      'INSERT INTO accounts VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
      [name, role, JSON.stringify(secret), randomBytes(8).toString('hex')],
    );
    if (!made) throw new ScansideError('FLEET_ACCOUNT_REFUSED', `there is an account ${name}`);
  }

  /** Removes an account with its sessions. Throws FLEET_ACCOUNT_REFUSED where there is none. */
  async remove(name: string): Promise<void> {
    await this.#sql.transaction(async (session) => {
      if (!(await session.change('DELETE FROM accounts WHERE name = $1', [name])))
        throw new ScansideError('FLEET_ACCOUNT_REFUSED', `there is no account ${name}`);
      await session.change('DELETE FROM sessions WHERE account = $1', [name]);
    });
  }

  /** Begins a session; the token goes to the browser, and its hash alone is kept. `now`: milliseconds since 1970 UTC. */
  async begin({ name, version }: ConsoleAccount, now: number): Promise<string> {
    const token = randomBytes(32).toString('base64url');
    const csrf = randomBytes(32).toString('base64url');
    await this.#sql.transaction(async (session) => {
      await session.change('DELETE FROM sessions WHERE used < $1 OR started < $2', [
        now - idleMs,
        now - totalMs,
      ]);
      await session.change('INSERT INTO sessions VALUES ($1, $2, $3, $4, $5, $5)', [
        hashOf(token),
        name,
        version,
        csrf,
        now,
      ]);
    });
    return token;
  }

  /** The session of a token, undefined where it is over or there is none. `counts`: whether it is used by that. */
  async use(token: string, now: number, counts = true): Promise<ConsoleSession | undefined> {
    const id = hashOf(token);
    const [row] = await this.#sql.rows(
      `SELECT s.id, s.csrf, s.used, a.name, a.role FROM sessions s
       JOIN accounts a ON a.name = s.account AND a.version = s.version
       WHERE s.id = $1 AND s.used >= $2 AND s.started >= $3`,
      [id, now - idleMs, now - totalMs],
    );
    if (!row) return undefined;
    if (counts && now - Number(row['used']) > useMs)
      await this.#sql.change('UPDATE sessions SET used = $2 WHERE id = $1', [id, now]);
    const role = row['role'] as ConsoleRole;
    return { id, user: String(row['name']), role, csrf: String(row['csrf']) };
  }

  async end({ id }: Pick<ConsoleSession, 'id'>): Promise<void> {
    await this.#sql.change('DELETE FROM sessions WHERE id = $1', [id]);
  }
}

function accountOf(row: Row): ConsoleAccount {
  return {
    name: String(row['name']),
    role: row['role'] as ConsoleRole,
    secret: secretHash.parse(JSON.parse(String(row['secret']))),
    version: String(row['version']),
  };
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
