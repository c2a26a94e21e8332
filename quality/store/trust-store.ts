import type { RetrainingTicket } from '../retraining-ticket.ts';
import type { StreamState } from '../stream-watch.ts';
import type { Move, Trust } from '../trust.ts';
import type { QualityDatabase } from './database.ts';

/** What somebody has asked for by a command; the appliance does it. */
export type MoveRequest = Pick<Move, 'model' | 'event' | 'mover' | 'user' | 'reason' | 'at'>;

/** Of which stream a state is: charts of two scanners have nothing to do with each other. */
export interface StreamName {
  model: string;
  modality: string;
  scanner: string;
}

/** How far models are trusted and what their streams have shown. On the disk before it counts. */
export class TrustStore {
  readonly #database: QualityDatabase;

  constructor(database: QualityDatabase) {
    this.#database = database;
  }

  find(model: string): Trust | undefined {
    return this.#database
      .prepare(
        'SELECT model, hash, state, since, charts_since AS chartsSince FROM trust WHERE model = ?',
      )
      .get(model) as Trust | undefined;
  }

  /** Keeps a state and, where it was moved, the move; charts that begin anew are forgotten with it. */
  put(trust: Trust, { move, anew = false }: { move?: Move; anew?: boolean } = {}): void {
    this.#database.transaction(() => {
      this.#database
        .prepare(
          'INSERT OR REPLACE INTO trust VALUES (@model, @hash, @state, @since, @chartsSince)',
        )
        .run(trust);
      if (anew) this.#database.prepare('DELETE FROM stream WHERE model = ?').run(trust.model);
      if (move)
        this.#database
          .prepare(
            `INSERT INTO move (model, hash, was, is_now, event, mover, user, reason, at)
             VALUES (@model, @hash, @was, @isNow, @event, @mover, @user, @reason, @at)`,
          )
          .run(move);
    })();
  }

  /** Whether it is asked for the first time that this model be trained again for this finding, since its charts began. */
  noteTicket({ model, version, finding, since }: RetrainingTicket): boolean {
    const done = this.#database
      .prepare('INSERT OR IGNORE INTO ticket VALUES (?, ?, ?, ?)')
      .run(model, version, finding, since);
    return done.changes === 1;
  }

  /** Newest first. */
  moves(model: string, limit: number): Move[] {
    return this.#database
      .prepare(
        `SELECT model, hash, was, is_now AS isNow, event, mover, user, reason, at FROM move
         WHERE model = ? ORDER BY id DESC LIMIT ?`,
      )
      .all(model, limit) as Move[];
  }

  ask(request: MoveRequest): void {
    this.#database
      .prepare(
        `INSERT INTO request (model, event, mover, user, reason, at)
         VALUES (@model, @event, @mover, @user, @reason, @at)`,
      )
      .run(request);
  }

  /** Takes what was asked for out of the store, oldest first. */
  takeRequests(): MoveRequest[] {
    return this.#database.transaction(() => {
      const asked = this.#database
        .prepare('SELECT model, event, mover, user, reason, at FROM request ORDER BY id')
        .all() as MoveRequest[];
      if (asked.length > 0) this.#database.prepare('DELETE FROM request').run();
      return asked;
    })();
  }

  stream({ model, modality, scanner }: StreamName): StreamState | undefined {
    const text = this.#database
      .prepare('SELECT state FROM stream WHERE model = ? AND modality = ? AND scanner = ?')
      .pluck()
      .get(model, modality, scanner) as string | undefined;
    return text === undefined ? undefined : (JSON.parse(text) as StreamState);
  }

  putStream({ model, modality, scanner }: StreamName, state: StreamState): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO stream VALUES (?, ?, ?, ?)')
      .run(model, modality, scanner, JSON.stringify(state));
  }

  streams(model: string): (StreamName & { state: StreamState })[] {
    const rows = this.#database
      .prepare(
        'SELECT model, modality, scanner, state FROM stream WHERE model = ? ORDER BY scanner',
      )
      .all(model) as (StreamName & { state: string })[];
    return rows.map((row) => ({ ...row, state: JSON.parse(row.state) as StreamState }));
  }
}
