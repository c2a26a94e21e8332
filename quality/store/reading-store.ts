import type { Reading } from '../reader-agreement.ts';
import type { StoredTruth } from '../reference-standard.ts';
import type { QualityDatabase } from './database.ts';

/** What one reader, who saw neither the model's output nor another reader's, said of one finding of an exam. */
export interface BlindReading extends Reading {
  finding: string;
  confidence: 'certain' | 'probable';
  at: number;
}

/** An exam that a reader has still to read, with what it is read for. */
export interface ExamToRead {
  exam: string;
  studyUid: string;
  modality: string;
  /** Each once, of whichever model. */
  findings: string[];
  /** How likely it was to be drawn for each of these. */
  probabilities: number[];
}

/** The readings of drawn exams, and who has to read what. */
export class ReadingStore {
  readonly #database: QualityDatabase;

  constructor(database: QualityDatabase) {
    this.#database = database;
  }

  /** Keeps a reading; the same reader's later one takes its place. */
  put(reading: BlindReading): void {
    this.#database
      .prepare(
        'INSERT OR REPLACE INTO reading VALUES (@exam, @finding, @reader, @label, @confidence, @at)',
      )
      .run(reading);
  }

  ofFinding(finding: string): BlindReading[] {
    return this.#database
      .prepare(
        'SELECT exam, finding, reader, label, confidence, at FROM reading WHERE finding = ? ORDER BY at',
      )
      .all(finding) as BlindReading[];
  }

  /**
   * Drawn exams that are still on this device, that fewer than `readers` people have read, and this one not. Their order
   * is that of their names: it follows neither time nor answer.
   */
  toRead(reader: string, readers: number, limit: number): ExamToRead[] {
    const rows = this.#database
      .prepare(
        `SELECT audit_draw.exam, exam.study_uid AS studyUid, exam.modality, audit_draw.finding,
           max(audit_draw.probability) AS probability
         FROM audit_draw JOIN exam USING (exam, model, finding)
         WHERE exam.study_uid <> ''
           AND (SELECT count(*) FROM reading AS said
                WHERE said.exam = audit_draw.exam AND said.finding = audit_draw.finding) < @readers
           AND NOT EXISTS (SELECT 1 FROM reading AS own WHERE own.exam = audit_draw.exam
                AND own.finding = audit_draw.finding AND own.reader = @reader)
         GROUP BY audit_draw.exam, audit_draw.finding ORDER BY audit_draw.exam, audit_draw.finding`,
      )
      .all({ reader, readers }) as (Pick<ExamToRead, 'exam' | 'studyUid' | 'modality'> & {
      finding: string;
      probability: number;
    })[];
    const exams = Map.groupBy(rows, ({ exam }) => exam);
    return [...exams.values()].slice(0, limit).map((own) => ({
      exam: own[0]!.exam,
      studyUid: own[0]!.studyUid,
      modality: own[0]!.modality,
      findings: own.map(({ finding }) => finding),
      probabilities: own.map(({ probability }) => probability),
    }));
  }
}

/** A reading as a part of the reference standard. It was asked for by the model's answer, and weighs by its chance. */
export function truthOfReading(
  { exam, finding, label, reader, at }: BlindReading,
  probability: number,
): StoredTruth {
  const source = 'blinded-reading';
  const selection = 'by-answer';
  return { exam, finding, label, source, selection, probability, reader, knownAt: at, batch: '' };
}
