import type { Answer, JudgedExam } from '../judged-exam.ts';
import type { QualityDatabase } from './database.ts';

/** What a model said of one exam about one finding, as it is kept. No name, number or date of birth is among it. */
export interface ExamRecord extends JudgedExam {
  finding: string;
  /** Study Instance UID while the exam is on this device, then empty. */
  studyUid: string;
  /** Name of the accession number, or empty. */
  accession: string;
  modality: string;
}

/** One question that is asked of exams: a model and one of its findings. */
export interface Question {
  model: string;
  finding: string;
}

/** `from` inclusive, `to` exclusive, milliseconds since 1970. */
export interface Period {
  from: number;
  to: number;
}

type Row = Omit<ExamRecord, 'answer' | 'truth'> & {
  score: number | null;
  flagged: number | null;
  reason: string;
};

const columns = `exam, model, finding, version, study_uid AS studyUid, accession, patient, at, modality, scanner, site,
  age, sex, score, flagged, reason`;

/** What the models said of the exams. Says nothing of what is true. */
export class ExamStore {
  readonly #database: QualityDatabase;

  constructor(database: QualityDatabase) {
    this.#database = database;
  }

  /** Keeps an answer; a later one on the same exam takes its place. */
  put(record: ExamRecord): void {
    this.#database
      .prepare(
        `INSERT OR REPLACE INTO exam VALUES (@exam, @model, @finding, @version, @studyUid, @accession, @patient, @at,
           @modality, @scanner, @site, @age, @sex, @score, @flagged, @reason)`,
      )
      .run({ ...record, truth: null, answer: null, ...answerColumns(record.answer) });
  }

  /** When the exam came that a model has said something of; undefined where it has not. */
  cameAt(exam: string, model: string): number | undefined {
    return this.#database
      .prepare('SELECT at FROM exam WHERE exam = ? AND model = ?')
      .pluck()
      .get(exam, model) as number | undefined;
  }

  /** Exams of a period by when they came, oldest first, without any truth. */
  ofPeriod({ model, finding }: Question, { from, to }: Period): ExamRecord[] {
    return this.#database
      .prepare(
        `SELECT ${columns} FROM exam WHERE model = ? AND finding = ? AND at >= ? AND at < ? ORDER BY at, exam`,
      )
      .all(model, finding, from, to)
      .map((row) => fromRow(row as Row));
  }

  /** The exams with these names, oldest first, without any truth. */
  ofExams({ model, finding }: Question, names: readonly string[]): ExamRecord[] {
    return this.#database
      .prepare(
        `SELECT ${columns} FROM exam WHERE model = ? AND finding = ?
           AND exam IN (SELECT value FROM json_each(?)) ORDER BY at, exam`,
      )
      .all(model, finding, JSON.stringify(names))
      .map((row) => fromRow(row as Row));
  }

  /** What a report on an exam can be about: by the name of the exam or of its accession number. */
  find(names: { exam: string; accession: string }): ExamRecord[] {
    return this.#database
      .prepare(
        `SELECT ${columns} FROM exam WHERE exam = @exam OR (accession = @accession AND @accession <> '')`,
      )
      .all(names)
      .map((row) => fromRow(row as Row));
  }

  /** The exam has been erased: what was said of it stays, and nothing leads back to it. */
  forget(studyUid: string): void {
    this.#database.prepare(`UPDATE exam SET study_uid = '' WHERE study_uid = ?`).run(studyUid);
  }
}

function answerColumns(answer: Answer): Pick<Row, 'score' | 'flagged' | 'reason'> {
  if (!('score' in answer)) return { score: null, flagged: null, reason: answer.reason };
  return { score: answer.score, flagged: answer.flagged ? 1 : 0, reason: '' };
}

function fromRow({ score, flagged, reason, ...record }: Row): ExamRecord {
  const answer: Answer = score === null ? { reason } : { score, flagged: flagged === 1 };
  return { ...record, answer };
}
