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
  /** Whether all who had to have read it for each of these and are even: one more reader decides. */
  decides: boolean[];
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
   * Drawn exams that are still on this device, that fewer than `readers` people have read, or as many who are even and
   * whom nobody has decided between; and that this one has not read. Their order is that of their names: it follows
   * neither time nor answer.
   */
  toRead(reader: string, readers: number, limit: number): ExamToRead[] {
    const rows = this.#database
      .prepare(
        `SELECT audit_draw.exam, exam.study_uid AS studyUid, exam.modality, audit_draw.finding,
           max(audit_draw.probability) AS probability, ifnull(said.readings, 0) >= @readers AS decides
         FROM audit_draw JOIN exam USING (exam, model, finding)
           LEFT JOIN (SELECT exam, finding, count(*) AS readings, sum(label) AS positive
                      FROM reading GROUP BY exam, finding) AS said USING (exam, finding)
         WHERE exam.study_uid <> ''
           AND (ifnull(said.readings, 0) < @readers OR 2 * said.positive = said.readings
                AND NOT EXISTS (SELECT 1 FROM truth WHERE truth.exam = audit_draw.exam
                  AND truth.finding = audit_draw.finding AND truth.source = 'adjudication'))
           AND NOT EXISTS (SELECT 1 FROM reading AS own WHERE own.exam = audit_draw.exam
                AND own.finding = audit_draw.finding AND own.reader = @reader)
         GROUP BY audit_draw.exam, audit_draw.finding ORDER BY audit_draw.exam, audit_draw.finding`,
      )
      .all({ reader, readers }) as (Pick<ExamToRead, 'exam' | 'studyUid' | 'modality'> & {
      finding: string;
      probability: number;
      decides: 0 | 1;
    })[];
    const exams = Map.groupBy(rows, ({ exam }) => exam);
    return [...exams.values()].slice(0, limit).map((own) => ({
      exam: own[0]!.exam,
      studyUid: own[0]!.studyUid,
      modality: own[0]!.modality,
      findings: own.map(({ finding }) => finding),
      probabilities: own.map(({ probability }) => probability),
      decides: own.map(({ decides }) => decides === 1),
    }));
  }
}

/** A reading as a part of the reference standard. It was asked for by the model's answer, and weighs by its chance. */
export function truthOfReading(
  { exam, finding, label, reader, at }: BlindReading,
  probability: number,
  source: 'blinded-reading' | 'adjudication',
): StoredTruth {
  const selection = 'by-answer';
  return { exam, finding, label, source, selection, probability, reader, knownAt: at, batch: '' };
}
