import type { StoredTruth } from '../reference-standard.ts';
import type { QualityDatabase } from './database.ts';

const columns = `exam, finding, source, reader, label, selection, probability, known_at AS knownAt, batch`;

/** The reference standard: what exams show, who says so, and why it was looked for. Holds no opinion. */
export class ReferenceStore {
  readonly #database: QualityDatabase;

  constructor(database: QualityDatabase) {
    this.#database = database;
  }

  /**
   * Keeps what was said; the same reader's later word on the same exam takes the place of the earlier one, and stays known
   * since then where it says the same. All of them or none. Returns how many said something new.
   */
  put(truths: readonly StoredTruth[]): number {
    const known = this.#database.prepare(
      `SELECT label FROM truth WHERE exam = @exam AND finding = @finding AND source = @source AND reader = @reader`,
    );
    const write = this.#database.prepare(
      `INSERT OR REPLACE INTO truth VALUES (@exam, @finding, @source, @reader, @label, @selection, @probability,
         @knownAt, @batch)`,
    );
    return this.#database.transaction(() => {
      const news = truths.filter((truth) => {
        const before = known.get(truth) as { label: number } | undefined;
        return before?.label !== truth.label;
      });
      for (const truth of news) write.run(truth);
      return news.length;
    })();
  }

  /** By the name of the exam, what is known of one finding. */
  ofFinding(finding: string): Map<string, StoredTruth[]> {
    const rows = this.#database
      .prepare(`SELECT ${columns} FROM truth WHERE finding = ? ORDER BY known_at`)
      .all(finding) as StoredTruth[];
    return Map.groupBy(rows, ({ exam }) => exam);
  }
}
