import type Database from 'better-sqlite3-multiple-ciphers';
import { noteScanned } from './database.ts';
import type { ObjectKind, OutgoingObject } from './outgoing-object.ts';
import type { StoredRecord } from './segment-reader.ts';

/** What a record of an object beside a report says of itself. */
export interface CompanionMeta {
  studyUid: string;
  kind: Exclude<ObjectKind, 'report'>;
  reportUid: string;
  sopClassUid: string;
  sopInstanceUid: string;
  destination: string;
  /** Of its kind beside this report: all of them are on the disk. */
  last: boolean;
}

type ObjectRow = Omit<OutgoingObject, 'flagged'> & { flagged: number };

const columns = `sop_instance_uid AS sopInstanceUid, sop_class_uid AS sopClassUid, study_uid AS studyUid, kind,
  report_uid AS reportUid, model, destination, flagged, path, offset, length`;

/** Everything that is or was to be sent: the reports, and what stands beside them. */
export class ObjectLedger {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    this.#database = database;
  }

  /** Indexes a record of an outgoing segment that is no report, once. */
  index({ meta, path, offset, length, end }: StoredRecord): void {
    const companion = meta as unknown as CompanionMeta;
    this.#database.transaction(() => {
      noteScanned(this.#database, { path, end }, companion.studyUid);
      this.#database
        .prepare(
          `INSERT OR IGNORE INTO companion VALUES (@sopInstanceUid, @studyUid, @kind, @reportUid, @sopClassUid,
             @destination, @path, @offset, @length, @last)`,
        )
        .run({ ...companion, path, offset, length, last: companion.last ? 1 : 0 });
    })();
  }

  /** The kinds of which everything beside a report is on the disk. */
  finishedKinds(reportUid: string): Set<ObjectKind> {
    const kinds = this.#database
      .prepare('SELECT kind FROM companion WHERE report_uid = ? AND last = 1')
      .pluck()
      .all(reportUid) as ObjectKind[];
    return new Set(kinds);
  }

  find(sopInstanceUid: string): OutgoingObject | undefined {
    return this.#select('sop_instance_uid = ?', sopInstanceUid)[0];
  }

  ofStudy(studyUid: string): OutgoingObject[] {
    return this.#select('study_uid = ?', studyUid);
  }

  /** What stands beside a report. */
  beside(reportUid: string): OutgoingObject[] {
    return this.#select(`report_uid = ? AND kind <> 'report'`, reportUid);
  }

  all(): OutgoingObject[] {
    return this.#select('1 = 1');
  }

  #select(where: string, ...values: string[]): OutgoingObject[] {
    const rows = this.#database
      .prepare(`SELECT ${columns} FROM outgoing_object WHERE ${where} ORDER BY at, report_uid`)
      .all(...values) as ObjectRow[];
    return rows.map((row) => ({ ...row, flagged: row.flagged === 1 }));
  }
}
