import type Database from 'better-sqlite3-multiple-ciphers';
import { noteScanned } from './database.ts';
import type { StoredRecord } from './segment-reader.ts';

/** Meta of a record that holds an act. */
export interface ActMeta {
  kind: 'act';
  studyUid: string;
  act: StoredAct;
}

/** What a person did on an exam, as it stands in an outgoing segment. Erased with its exam. */
export interface StoredAct {
  id: string;
  /** Study Instance UID; for an object that is kept aside, the place where it lies. */
  studyUid: string;
  kind:
    'seen' | 'unseen' | 'agree' | 'disagree' | 'retract' | 'withdraw' | 'repeat-taken' | 'raise';
  /** Short name of the account, and what it may do. */
  user: string;
  role: string;
  /** Wall time, milliseconds since 1970; of two acts on this device the later one has the higher. */
  at: number;
  /** What the person was looking at; empty where the act is on no outcome. */
  outcomeId: string;
  /** Of the closed list of its kind, or empty. */
  reason: string;
  note: string;
  /** Of `retract`: the act that is taken back. */
  target: string;
  /** Of `withdraw`: the SOP Instance UIDs of the reports whose flag is taken back. */
  reports: string[];
}

type ActRow = Omit<StoredAct, 'reports'> & { reports: string };

const columns = `id, study_uid AS studyUid, kind, user, role, at, outcome_id AS outcomeId, reason, note, target, reports`;

/** Everything that people did on exams that are still here. */
export class ActLedger {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    this.#database = database;
  }

  /** Indexes a record of an outgoing segment, once. A flag that is taken back gives its study a step to take. */
  index({ meta, path, end }: StoredRecord): StoredAct {
    const act = meta['act'] as StoredAct;
    this.#database.transaction(() => {
      noteScanned(this.#database, { path, end }, act.studyUid);
      this.#database
        .prepare(
          `INSERT OR IGNORE INTO act VALUES (@id, @studyUid, @kind, @user, @role, @at, @outcomeId, @reason, @note,
             @target, @reports, @path)`,
        )
        .run({ ...act, path, reports: act.reports.join('\\') });
      const consequence = consequences[act.kind];
      if (consequence) this.#database.prepare(consequence).run(act.studyUid);
    })();
    return act;
  }

  /** Everything, oldest first. */
  all(): StoredAct[] {
    const rows = this.#database.prepare(`SELECT ${columns} FROM act ORDER BY at`).all();
    return rows.map((row) => fromRow(row as ActRow));
  }

  /** What was done on an exam, oldest first. */
  ofStudy(studyUid: string): StoredAct[] {
    const rows = this.#database
      .prepare(`SELECT ${columns} FROM act WHERE study_uid = ? ORDER BY at`)
      .all(studyUid);
    return rows.map((row) => fromRow(row as ActRow));
  }
}

const consequences: Partial<Record<StoredAct['kind'], string>> = {
  raise: 'UPDATE study SET raised = 1 WHERE study_uid = ?',
  withdraw: `UPDATE study SET state = 'reported' WHERE study_uid = ? AND state = 'finished'`,
};

function fromRow(row: ActRow): StoredAct {
  return { ...row, reports: row.reports === '' ? [] : row.reports.split('\\') };
}
