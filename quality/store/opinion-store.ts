import type { Opinion } from '../opinion.ts';
import type { QualityDatabase } from './database.ts';

/** What people at the panel thought of flags. No truth is made of it, and nobody here knows any. */
export class OpinionStore {
  readonly #database: QualityDatabase;

  constructor(database: QualityDatabase) {
    this.#database = database;
  }

  /** `act` names what somebody did on the panel: the same again changes nothing. */
  put(act: string, opinion: Opinion): void {
    this.#database
      .prepare('INSERT OR IGNORE INTO opinion VALUES (@act, @exam, @opinion, @role, @at)')
      .run({ ...opinion, act });
  }

  /** Somebody has taken it back. */
  remove(act: string): void {
    this.#database.prepare('DELETE FROM opinion WHERE act = ?').run(act);
  }

  /** Oldest first. */
  all(): Opinion[] {
    return this.#database
      .prepare('SELECT exam, opinion, role, at FROM opinion ORDER BY at')
      .all() as Opinion[];
  }
}
