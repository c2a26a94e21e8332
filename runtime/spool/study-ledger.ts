import type Database from 'better-sqlite3-multiple-ciphers';
import type { Conclusion, InstanceResult, Withdrawal } from '../../models/outcome.ts';
import { noteScanned } from './database.ts';
import type { Instance, StudyIdentity } from './instance.ts';
import type { StoredRecord } from './segment-reader.ts';

/**
 * `receiving` → `complete` (nothing more is expected) → `reported` (every model has its result on disk) → `finished` (so
 * has what stands beside them).
 */
export type StudyState = 'receiving' | 'complete' | 'reported' | 'finished';

export interface Study {
  studyUid: string;
  state: StudyState;
  /** Grows each time a study is opened again by a late image. */
  revision: number;
  firstReceivedAt: number;
  lastReceivedAt: number;
  identity: StudyIdentity;
  /** Its instances name different patients. */
  mismatch: boolean;
  /** How many times other bytes came under a known SOP Instance UID. */
  conflicts: number;
  /** Why it was taken for complete; empty until it is. */
  completeness: string;
  /** A person has made it STAT. */
  raised: boolean;
  /** Wall time at which it was taken for complete; undefined until it is. */
  completedAt: number | undefined;
}

/** The terminal result of one model on one set of instances, as it stands in an outgoing segment. */
export interface Result {
  studyUid: string;
  /** Name of the bundle; `dispatcher` where no model applied. */
  model: string;
  revision: number;
  /** Job time, milliseconds since 1970. */
  at: number;
  conclusion: Conclusion;
  /** The SOP Instance UIDs it covers, sorted. */
  inputs: string[];
  /** Empty where nothing is sent. */
  sopInstanceUid: string;
  sopClassUid: string;
  seriesUid: string;
  path: string;
  offset: number;
  length: number;
  /** What it is made of came later than it was wanted. */
  late: boolean;
  /** Wall time at which it was written, and at which its study was taken for complete where that is known. */
  madeAt: number;
  completedAt?: number | undefined;
  /** SHA-256 that names the bundle; empty where no model applied. */
  bundleHash: string;
  /** The report that this one amends, and why; empty and absent for what a model said. */
  amends: string;
  withdrawal?: Withdrawal | undefined;
}

export type FinishedStudy = Pick<Study, 'studyUid' | 'lastReceivedAt'> & { bytes: number };

/** A result in its segment. What an older version has written says less. */
type Written = Omit<Result, 'path' | 'offset' | 'length' | 'bundleHash' | 'amends' | 'madeAt'> &
  Partial<Pick<Result, 'bundleHash' | 'amends' | 'madeAt'>>;

type StudyRow = Omit<Study, 'identity' | 'mismatch' | 'raised' | 'completedAt'> & {
  identity: string;
  mismatch: number;
  raised: number;
  completedAt: number | null;
};
type ResultRow = Omit<Result, 'conclusion' | 'inputs' | 'late' | 'withdrawal' | 'completedAt'> & {
  conclusion: string;
  inputs: string;
  late: number;
  withdrawal: string;
  completedAt: number | null;
};

const studyColumns = `study_uid AS studyUid, state, revision, first_received_at AS firstReceivedAt,
  last_received_at AS lastReceivedAt, identity, mismatch, completeness, raised, completed_at AS completedAt,
  (SELECT count(*) FROM conflict WHERE conflict.study_uid = study.study_uid) AS conflicts`;

const resultColumns = `study_uid AS studyUid, model, revision, at, conclusion, inputs, sop_class_uid AS sopClassUid,
  sop_instance_uid AS sopInstanceUid, series_uid AS seriesUid, path, offset, length, late,
  made_at AS madeAt, completed_at AS completedAt, bundle_hash AS bundleHash, amends, withdrawal`;

/** Studies, what the models said of their instances, and the results. */
export class StudyLedger {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    this.#database = database;
  }

  study(studyUid: string): Study | undefined {
    const row = this.#database
      .prepare(`SELECT ${studyColumns} FROM study WHERE study_uid = ?`)
      .get(studyUid);
    return row === undefined ? undefined : fromStudyRow(row as StudyRow);
  }

  /** Studies that still have a step to take. */
  unfinished(): string[] {
    return this.#database
      .prepare(`SELECT study_uid FROM study WHERE state <> 'finished' ORDER BY first_received_at`)
      .pluck()
      .all() as string[];
  }

  /** Studies of which nothing more is to be made, and the bytes of their images. */
  finished(): FinishedStudy[] {
    return this.#database
      .prepare(
        `SELECT study_uid AS studyUid, last_received_at AS lastReceivedAt,
           (SELECT coalesce(sum(length), 0) FROM instance WHERE instance.study_uid = study.study_uid) AS bytes
         FROM study WHERE state = 'finished'`,
      )
      .all() as FinishedStudy[];
  }

  /** Newest first. */
  recent(since: number, limit: number): Study[] {
    return this.#database
      .prepare(
        `SELECT ${studyColumns} FROM study WHERE last_received_at >= ? ORDER BY last_received_at DESC LIMIT ?`,
      )
      .all(since, limit)
      .map((row) => fromStudyRow(row as StudyRow));
  }

  /** How many studies since then have different images under one SOP Instance UID. */
  conflicting(since: number): number {
    return this.#database
      .prepare('SELECT count(DISTINCT study_uid) FROM conflict WHERE received_at >= ?')
      .pluck()
      .get(since) as number;
  }

  /** How many studies with an image since then name different patients. */
  mixed(since: number): number {
    return this.#database
      .prepare('SELECT count(*) FROM study WHERE mismatch = 1 AND last_received_at >= ?')
      .pluck()
      .get(since) as number;
  }

  /**
   * Moves a study on, unless a late instance has opened it again since `revision`. `complete` says why and when it was
   * taken for complete.
   */
  advance(
    { studyUid, revision }: Study,
    state: StudyState,
    complete?: { because: string; at: number },
  ): boolean {
    const done = this.#database
      .prepare(
        `UPDATE study SET state = ?, completeness = coalesce(?, completeness),
           completed_at = coalesce(?, completed_at) WHERE study_uid = ? AND revision = ?`,
      )
      .run(state, complete?.because ?? null, complete?.at ?? null, studyUid, revision);
    return done.changes === 1;
  }

  /**
   * Keeps what a model said of an instance, unless other bytes have taken its place meanwhile. `late`: later than it
   * was wanted.
   */
  saveAnalysis(
    { studyUid, sopInstanceUid, path, offset }: Instance,
    model: string,
    result: InstanceResult,
    late: boolean,
  ): void {
    this.#database
      .prepare(
        `INSERT OR REPLACE INTO analysis SELECT study_uid, sop_instance_uid, ?, ?, ? FROM instance
         WHERE study_uid = ? AND sop_instance_uid = ? AND path = ? AND offset = ?`,
      )
      .run(model, JSON.stringify(result), late ? 1 : 0, studyUid, sopInstanceUid, path, offset);
  }

  /** Whether a model has analysed a part of a study later than it was wanted. Names of units begin with the model's. */
  isLate(studyUid: string, model: string): boolean {
    const row = this.#database
      .prepare(
        `SELECT 1 FROM analysis WHERE study_uid = @studyUid AND late = 1
           AND (model = @model OR substr(model, 1, length(@model) + 1) = @model || ' ')`,
      )
      .get({ studyUid, model });
    return row !== undefined;
  }

  /** What a model said of the instances of a study, by SOP Instance UID. */
  analyses(studyUid: string, model: string): Map<string, InstanceResult> {
    const rows = this.#database
      .prepare('SELECT sop_instance_uid, result FROM analysis WHERE study_uid = ? AND model = ?')
      .raw()
      .all(studyUid, model) as [string, string][];
    return new Map(rows.map(([uid, result]) => [uid, JSON.parse(result) as InstanceResult]));
  }

  /** Indexes a record of an outgoing segment, once. */
  indexResult({ meta, path, offset, length, end }: StoredRecord): Result {
    const said = meta as unknown as Written;
    const result: Result = {
      ...said,
      bundleHash: said.bundleHash ?? '',
      amends: said.amends ?? '',
      madeAt: said.madeAt ?? said.at,
      path,
      offset,
      length,
      late: meta['late'] === true,
    };
    this.#database.transaction(() => {
      noteScanned(this.#database, { path, end }, result.studyUid);
      this.#database
        .prepare(
          `INSERT OR IGNORE INTO result VALUES (@studyUid, @model, @revision, @at, @conclusion, @inputs, @sopClassUid,
             @sopInstanceUid, @seriesUid, @path, @offset, @length, @late, @madeAt, @completedAt, @bundleHash, @amends,
             @withdrawal)`,
        )
        .run({
          ...result,
          late: result.late ? 1 : 0,
          conclusion: JSON.stringify(result.conclusion),
          inputs: result.inputs.join('\\'),
          completedAt: result.completedAt ?? null,
          withdrawal: result.withdrawal ? JSON.stringify(result.withdrawal) : '',
        });
    })();
    return result;
  }

  /** Every result of a study, oldest first; what amends one behind it. */
  results(studyUid: string): Result[] {
    return this.#database
      .prepare(
        `SELECT ${resultColumns} FROM result WHERE study_uid = ? ORDER BY revision, model, amends <> '', made_at`,
      )
      .all(studyUid)
      .map((row) => fromResultRow(row as ResultRow));
  }

  result(sopInstanceUid: string): Result | undefined {
    const row = this.#database
      .prepare(`SELECT ${resultColumns} FROM result WHERE sop_instance_uid = ?`)
      .get(sopInstanceUid);
    return row === undefined ? undefined : fromResultRow(row as ResultRow);
  }
}

function fromStudyRow(row: StudyRow): Study {
  return {
    ...row,
    identity: JSON.parse(row.identity) as StudyIdentity,
    mismatch: row.mismatch === 1,
    raised: row.raised === 1,
    completedAt: row.completedAt ?? undefined,
  };
}

function fromResultRow(row: ResultRow): Result {
  return {
    ...row,
    conclusion: JSON.parse(row.conclusion) as Conclusion,
    inputs: row.inputs.split('\\'),
    late: row.late === 1,
    completedAt: row.completedAt ?? undefined,
    withdrawal: row.withdrawal ? (JSON.parse(row.withdrawal) as Withdrawal) : undefined,
  };
}
