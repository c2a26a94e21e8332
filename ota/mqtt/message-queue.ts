import { randomBytes } from 'node:crypto';
import type Database from 'better-sqlite3-multiple-ciphers';
import type { Clock } from '../../device/clock.ts';
import { encodeMessage, type Message } from './contract.ts';
import { chooseDropped, dropRules, type QueuedName, queuedNames } from './queue-rule.ts';

/** A message without the numbers that the queue gives it. */
export type Body<N extends QueuedName> = Unnumbered<Message<N>>;
type Unnumbered<M> = M extends unknown ? Omit<M, 'schema' | 'stream' | 'seq' | 'at'> : never;

export interface QueuedMessage {
  seq: number;
  name: QueuedName;
  payload: Buffer;
  /** Of the command that it answers. */
  correlation: Buffer | undefined;
  /** It may have been sent before: since the program started, or in an earlier run. */
  again: boolean;
}

export interface QueueOptions {
  database: Database.Database;
  clock: Clock;
  /** Bytes from which messages that may be dropped are dropped. */
  quotaBytes: number;
}

/** What a message costs beside its bytes. */
const rowCost = 64;

/**
 * Messages on their way to the broker. Each is on stable storage when `add` returns and stays until the broker has taken
 * it; its number is never given twice. Bounded: see `dropRules`.
 */
export class MessageQueue {
  readonly stream: string;
  readonly #options: QueueOptions;
  /** Numbers up to this were here when the program started. */
  readonly #foundUpTo: number;
  readonly #sent = new Set<number>();
  #bytes: number;

  constructor(options: QueueOptions) {
    this.#options = options;
    const { database } = options;
    database.exec(schema);
    this.stream = this.recall('stream') ?? this.remember('stream', randomBytes(8).toString('hex'));
    this.#foundUpTo = Number(this.recall('seq') ?? 0);
    this.#bytes = this.#number(
      `SELECT coalesce(sum(length(payload) + ${rowCost}), 0) FROM message`,
    );
  }

  /** Keeps a message; returns its number. Throws INTERNAL where it is not as its schema says. */
  add<N extends QueuedName>(name: N, body: Body<N>, correlation?: Buffer): number {
    return this.#options.database.transaction(() => {
      const seq = Number(this.recall('seq') ?? 0) + 1;
      const head = { schema: 1, stream: this.stream, seq, at: this.#options.clock.now() };
      const payload = encodeMessage(name, { ...head, ...body } as unknown as Message<N>);
      this.remember('seq', String(seq));
      this.#options.database
        .prepare('INSERT INTO message (seq, name, payload, correlation) VALUES (?, ?, ?, ?)')
        .run(seq, name, payload, correlation ?? null);
      this.#bytes += payload.length + rowCost;
      this.#makeRoom();
      return seq;
    })();
  }

  /** The oldest messages after a number, without those of some kinds. */
  next(after: number, limit: number, held: ReadonlySet<QueuedName> = new Set()): QueuedMessage[] {
    const names = queuedNames.filter((name) => !held.has(name));
    const rows = this.#options.database
      .prepare(
        `SELECT seq, name, payload, correlation FROM message
         WHERE seq > ? AND name IN (SELECT value FROM json_each(?)) ORDER BY seq LIMIT ?`,
      )
      .all(after, JSON.stringify(names), limit) as Omit<QueuedMessage, 'again'>[];
    return rows.map((row) => ({
      ...row,
      correlation: row.correlation ?? undefined,
      again: row.seq <= this.#foundUpTo || this.#sent.has(row.seq),
    }));
  }

  /** It is about to be sent: whoever gets it once more is told. */
  noteSent(seq: number): void {
    this.#sent.add(seq);
  }

  /** The broker has it. Harmless when repeated. */
  acknowledge(seq: number): void {
    this.#sent.delete(seq);
    this.#remove([seq]);
  }

  /** How much waits, and how many of each kind were ever dropped. */
  get standing(): { waiting: number; bytes: number; dropped: Record<string, number> } {
    const dropped = JSON.parse(this.recall('dropped') ?? '{}') as Record<string, number>;
    const waiting = this.#number('SELECT count(*) FROM message');
    return { waiting, bytes: this.#bytes, dropped };
  }

  /** What was remembered under a name. */
  recall(name: string): string | undefined {
    const row = this.#options.database.prepare('SELECT value FROM memory WHERE name = ?').get(name);
    return (row as { value: string } | undefined)?.value;
  }

  /** Durable on return; returns the value. */
  remember(name: string, value: string): string {
    this.#options.database
      .prepare('INSERT OR REPLACE INTO memory (name, value) VALUES (?, ?)')
      .run(name, value);
    return value;
  }

  close(): void {
    this.#options.database.close();
  }

  #makeRoom(): void {
    for (const { name, how } of dropRules)
      while (this.#bytes > this.#options.quotaBytes) {
        const gone = chooseDropped(how, this.#numbersOf(name));
        if (gone.length === 0) break;
        this.#remove(gone);
        const { dropped } = this.standing;
        dropped[name] = (dropped[name] ?? 0) + gone.length;
        this.remember('dropped', JSON.stringify(dropped));
      }
  }

  #numbersOf(name: QueuedName): number[] {
    return this.#options.database
      .prepare('SELECT seq FROM message WHERE name = ? ORDER BY seq')
      .pluck()
      .all(name) as number[];
  }

  #remove(numbers: readonly number[]): void {
    const freed = this.#options.database
      .prepare(
        `DELETE FROM message WHERE seq IN (SELECT value FROM json_each(?))
         RETURNING length(payload) + ${rowCost}`,
      )
      .pluck()
      .all(JSON.stringify(numbers)) as number[];
    this.#bytes -= freed.reduce((sum, bytes) => sum + bytes, 0);
  }

  #number(sql: string): number {
    return this.#options.database.prepare(sql).pluck().get() as number;
  }
}

const schema = `
CREATE TABLE IF NOT EXISTS memory (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS message (
  seq INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  payload BLOB NOT NULL,
  correlation BLOB
) STRICT;
CREATE INDEX IF NOT EXISTS message_by_name ON message (name, seq);
`;
