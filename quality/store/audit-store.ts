import type { QualityDatabase } from './database.ts';

/** An exam that was drawn at random to be read. */
export interface DrawnExam {
  exam: string;
  model: string;
  finding: string;
  /** How likely it was to be drawn; its weight is the inverse. */
  probability: number;
  drawnAt: number;
}

const columns = `audit_draw.exam, audit_draw.model, audit_draw.finding, audit_draw.probability,
  audit_draw.drawn_at AS drawnAt`;

/** The exams that were drawn for an audit, and which of them nobody has read yet. */
export class AuditStore {
  readonly #database: QualityDatabase;

  constructor(database: QualityDatabase) {
    this.#database = database;
  }

  /** An exam that is drawn stays drawn, with the probability of then. */
  put(drawn: DrawnExam): void {
    this.#database
      .prepare(
        'INSERT OR IGNORE INTO audit_draw VALUES (@exam, @model, @finding, @probability, @drawnAt)',
      )
      .run(drawn);
  }

  /** Draws of one exam and finding, of whichever model. */
  find(exam: string, finding: string): DrawnExam[] {
    return this.#database
      .prepare(`SELECT ${columns} FROM audit_draw WHERE exam = ? AND finding = ?`)
      .all(exam, finding) as DrawnExam[];
  }

  /** Drawn exams of which nobody has said anything, oldest first. */
  waiting(limit: number): (DrawnExam & { studyUid: string })[] {
    return this.#database
      .prepare(
        `SELECT ${columns}, exam.study_uid AS studyUid FROM audit_draw
           JOIN exam USING (exam, model, finding)
           LEFT JOIN truth ON truth.exam = audit_draw.exam AND truth.finding = audit_draw.finding
         WHERE truth.exam IS NULL ORDER BY drawn_at LIMIT ?`,
      )
      .all(limit) as (DrawnExam & { studyUid: string })[];
  }
}
