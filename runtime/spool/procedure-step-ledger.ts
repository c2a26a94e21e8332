import type Database from 'better-sqlite3-multiple-ciphers';

/** The states of a performed procedure step (PS3.4 F.7.1); the last two are final. */
export const stepStatuses = ['IN PROGRESS', 'COMPLETED', 'DISCONTINUED'] as const;
export type StepStatus = (typeof stepStatuses)[number];

export interface KnownStep {
  studyUid: string;
  status: StepStatus;
  /** Images that it references. */
  images: number;
}

/** Steps that are kept; the oldest give way. */
const mostSteps = 10_000;

/**
 * Performed procedure steps as scanners report them. They live in the state database alone: they only shorten or
 * lengthen a bounded wait, so losing them costs seconds.
 */
export class ProcedureStepLedger {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    this.#database = database;
  }

  find(sopInstanceUid: string): KnownStep | undefined {
    return this.#database
      .prepare(
        'SELECT study_uid AS studyUid, status, images FROM procedure_step WHERE sop_instance_uid = ?',
      )
      .get(sopInstanceUid) as KnownStep | undefined;
  }

  ofStudy(studyUid: string): KnownStep[] {
    return this.#database
      .prepare(
        'SELECT study_uid AS studyUid, status, images FROM procedure_step WHERE study_uid = ?',
      )
      .all(studyUid) as KnownStep[];
  }

  save(sopInstanceUid: string, { studyUid, status, images }: KnownStep, now: number): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO procedure_step VALUES (?, ?, ?, ?, ?)')
      .run(sopInstanceUid, studyUid, status, images, now);
    this.#database
      .prepare(
        `DELETE FROM procedure_step WHERE sop_instance_uid IN
           (SELECT sop_instance_uid FROM procedure_step ORDER BY changed_at DESC LIMIT -1 OFFSET ${mostSteps})`,
      )
      .run();
  }
}
