import type { Answer } from '../judged-exam.ts';
import type { ShadowAnswer, ShadowExam, ShadowGate } from '../shadow-exam.ts';
import type { QualityDatabase } from './database.ts';

/** A comparison of two bundles of one model; a model has one at a time. */
export interface ShadowRun {
  model: string;
  /** Hashes of the bundles. */
  active: string;
  candidate: string;
  activeVersion: string;
  candidateVersion: string;
  /** Milliseconds since 1970. */
  begunAt: number;
  gate: ShadowGate;
  /** Of each finding that both look for, the active one's and the candidate's. */
  thresholds: Record<string, readonly [number, number]>;
}

type RunRow = Omit<ShadowRun, 'gate' | 'thresholds'> & { gate: string; thresholds: string };
type ExamRow = Omit<ShadowExam, 'answers'>;
type AnswerRow = {
  exam: string;
  finding: string;
  activeScore: number | null;
  activeFlag: number;
  activeReason: string;
  candidateScore: number | null;
  candidateFlag: number;
  candidateReason: string;
};

const runColumns = `model, active, candidate, active_version AS activeVersion, candidate_version AS candidateVersion,
  begun_at AS begunAt, gate, thresholds`;

const schema = `
CREATE TABLE IF NOT EXISTS shadow_run (
  model TEXT PRIMARY KEY,
  active TEXT NOT NULL,
  candidate TEXT NOT NULL,
  active_version TEXT NOT NULL,
  candidate_version TEXT NOT NULL,
  begun_at INTEGER NOT NULL,
  gate TEXT NOT NULL,
  thresholds TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS shadow_exam (
  model TEXT NOT NULL,
  exam TEXT NOT NULL,
  at INTEGER NOT NULL,
  active TEXT NOT NULL,
  candidate TEXT NOT NULL,
  ms REAL NOT NULL,
  PRIMARY KEY (model, exam)
) STRICT;

CREATE TABLE IF NOT EXISTS shadow_answer (
  model TEXT NOT NULL,
  exam TEXT NOT NULL,
  finding TEXT NOT NULL,
  active_score REAL,
  active_flag INTEGER NOT NULL,
  active_reason TEXT NOT NULL,
  candidate_score REAL,
  candidate_flag INTEGER NOT NULL,
  candidate_reason TEXT NOT NULL,
  PRIMARY KEY (model, exam, finding)
) STRICT;
`;

/**
 * What a candidate said beside the model that answers. Nobody but the comparison reads it, and what is kept for figures,
 * people and reports stands in other tables.
 */
export class ShadowStore {
  readonly #database: QualityDatabase;

  constructor(database: QualityDatabase) {
    this.#database = database;
    database.exec(schema);
  }

  /** Begins a comparison, or goes on with that of the same two bundles; what another pair had said is forgotten. */
  begin(run: ShadowRun): ShadowRun {
    const known = this.find(run.model);
    const isSame = known?.active === run.active && known.candidate === run.candidate;
    const begun = isSame ? { ...run, begunAt: known.begunAt } : run;
    this.#database.transaction(() => {
      if (!isSame) this.#forget(run.model);
      this.#database
        .prepare(
          `INSERT OR REPLACE INTO shadow_run VALUES (@model, @active, @candidate, @activeVersion, @candidateVersion,
             @begunAt, @gate, @thresholds)`,
        )
        .run({
          ...begun,
          gate: JSON.stringify(begun.gate),
          thresholds: JSON.stringify(begun.thresholds),
        });
    })();
    return begun;
  }

  find(model: string): ShadowRun | undefined {
    const row = this.#database
      .prepare(`SELECT ${runColumns} FROM shadow_run WHERE model = ?`)
      .get(model) as RunRow | undefined;
    return row && fromRunRow(row);
  }

  /** The comparisons of all models. */
  all(): ShadowRun[] {
    return this.#database
      .prepare(`SELECT ${runColumns} FROM shadow_run ORDER BY model`)
      .all()
      .map((row) => fromRunRow(row as RunRow));
  }

  /** Keeps what both said of an exam; a later word on it takes the place of the earlier one. */
  put(model: string, { answers, ...exam }: ShadowExam): void {
    this.#database.transaction(() => {
      this.#database
        .prepare(
          'INSERT OR REPLACE INTO shadow_exam VALUES (@model, @exam, @at, @active, @candidate, @ms)',
        )
        .run({ model, ...exam });
      this.#database
        .prepare('DELETE FROM shadow_answer WHERE model = ? AND exam = ?')
        .run(model, exam.exam);
      const insert = this.#database.prepare(
        `INSERT INTO shadow_answer VALUES (@model, @exam, @finding, @activeScore, @activeFlag, @activeReason,
           @candidateScore, @candidateFlag, @candidateReason)`,
      );
      for (const answer of answers) insert.run({ model, ...toAnswerRow(exam.exam, answer) });
    })();
  }

  has(model: string, exam: string): boolean {
    const row = this.#database
      .prepare('SELECT 1 FROM shadow_exam WHERE model = ? AND exam = ?')
      .get(model, exam);
    return row !== undefined;
  }

  /** Oldest first. */
  exams(model: string): ShadowExam[] {
    const answers = this.#database
      .prepare(
        `SELECT exam, finding, active_score AS activeScore, active_flag AS activeFlag, active_reason AS activeReason,
           candidate_score AS candidateScore, candidate_flag AS candidateFlag, candidate_reason AS candidateReason
         FROM shadow_answer WHERE model = ? ORDER BY finding`,
      )
      .all(model) as AnswerRow[];
    const byExam = Map.groupBy(answers, ({ exam }) => exam);
    return this.#database
      .prepare(
        'SELECT exam, at, active, candidate, ms FROM shadow_exam WHERE model = ? ORDER BY at, exam',
      )
      .all(model)
      .map((row) => {
        const exam = row as ExamRow;
        return { ...exam, answers: (byExam.get(exam.exam) ?? []).map(fromAnswerRow) };
      });
  }

  #forget(model: string): void {
    for (const table of ['shadow_exam', 'shadow_answer'])
      this.#database.prepare(`DELETE FROM ${table} WHERE model = ?`).run(model);
  }
}

function fromRunRow({ gate, thresholds, ...run }: RunRow): ShadowRun {
  return {
    ...run,
    gate: JSON.parse(gate) as ShadowGate,
    thresholds: JSON.parse(thresholds) as ShadowRun['thresholds'],
  };
}

const scoreOf = (answer: Answer) => ('score' in answer ? answer.score : null);
const flagOf = (answer: Answer) => Number('score' in answer && answer.flagged);
const reasonOf = (answer: Answer) => ('score' in answer ? '' : answer.reason);

function toAnswerRow(exam: string, { finding, active, candidate }: ShadowAnswer): AnswerRow {
  return {
    exam,
    finding,
    activeScore: scoreOf(active),
    activeFlag: flagOf(active),
    activeReason: reasonOf(active),
    candidateScore: scoreOf(candidate),
    candidateFlag: flagOf(candidate),
    candidateReason: reasonOf(candidate),
  };
}

function fromAnswerRow(row: AnswerRow): ShadowAnswer {
  const answer = (score: number | null, flag: number, reason: string): Answer =>
    score === null ? { reason } : { score, flagged: flag === 1 };
  return {
    finding: row.finding,
    active: answer(row.activeScore, row.activeFlag, row.activeReason),
    candidate: answer(row.candidateScore, row.candidateFlag, row.candidateReason),
  };
}
