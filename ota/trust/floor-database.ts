import type Database from 'better-sqlite3-multiple-ciphers';
import { z } from 'zod';
import { ScansideError } from '../../device/errors.ts';
import type { Keys } from '../../device/keys.ts';
import type { Floor, FloorStore } from './floor.ts';
import { openSealed } from '../sealed-database.ts';

const floorSchema = z.strictObject({
  roles: z.record(z.string(), z.strictObject({ version: z.int(), keys: z.string() })),
  rootHash: z.string(),
  time: z.number(),
});

/**
 * The device's memory of updates: an encrypted database of its own, because nothing else could restore what it says.
 * Whatever the disk loses after a write has returned is a defect (`synchronous = FULL`).
 */
export class FloorDatabase implements FloorStore {
  readonly #database: Database.Database;

  /** Throws UPDATE_FLOOR_MISSING where the file is damaged or was made with another root key. */
  constructor(path: string, keys: Keys) {
    this.#database = open(path, keys.identify('secret', 'update.db'));
  }

  read(): Floor | undefined {
    const text = this.recall('floor');
    if (text === undefined) return undefined;
    const { roles, ...more } = floorSchema.parse(JSON.parse(text));
    return { ...more, roles: new Map(Object.entries(roles)) };
  }

  write({ roles, ...more }: Floor): void {
    this.remember('floor', JSON.stringify({ ...more, roles: Object.fromEntries(roles) }));
  }

  /** What was remembered under a name, or undefined. */
  recall(name: string): string | undefined {
    const row = this.#database.prepare('SELECT value FROM memory WHERE name = ?').get(name);
    return (row as { value: string } | undefined)?.value;
  }

  /** Durable on return. */
  remember(name: string, value: string): void {
    this.#database.prepare('INSERT OR REPLACE INTO memory VALUES (?, ?)').run(name, value);
  }

  close(): void {
    this.#database.close();
  }
}

const table = 'CREATE TABLE IF NOT EXISTS memory (name TEXT PRIMARY KEY, value TEXT) STRICT';

function open(path: string, secret: string): Database.Database {
  try {
    return openSealed(path, secret, table);
  } catch (cause) {
    throw new ScansideError('UPDATE_FLOOR_MISSING', path, { cause });
  }
}
