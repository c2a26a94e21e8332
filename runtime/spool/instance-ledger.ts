import type Database from 'better-sqlite3-multiple-ciphers';
import type { Files } from '../../device/files.ts';
import { headerLimits } from '../dicom/data-set.ts';
import { tags } from '../dicom/tag.ts';
import { firstString } from '../dicom/value.ts';
import {
  describeInstance,
  describeStudy,
  isSamePatient,
  readInstanceHeader,
  type Instance,
  type StudyIdentity,
} from './instance.ts';
import { readExtent, type StoredRecord } from './segment-reader.ts';

/** What an indexed record turned out to be. */
export type Indexed =
  | { kind: 'new'; instance: Instance }
  /** The same bytes again: nothing changes. */
  | { kind: 'duplicate'; instance: Instance }
  /** Other bytes under a known SOP Instance UID: both are kept, the first one counts. */
  | { kind: 'conflict'; instance: Instance }
  | { kind: 'quarantined'; reason: string };

interface InstanceRow extends Omit<Instance, 'facts'> {
  facts: string;
}

const instanceColumns = `sop_instance_uid AS sopInstanceUid, study_uid AS studyUid, series_uid AS seriesUid,
  sop_class_uid AS sopClassUid, transfer_syntax_uid AS transferSyntaxUid, path, offset, length, checksum,
  received_at AS receivedAt, facts`;

/** The index of received instances. Every row comes from a record on disk; live and recovered ones alike. */
export class InstanceLedger {
  readonly #database: Database.Database;
  readonly #files: Files;

  constructor(database: Database.Database, files: Files) {
    this.#database = database;
    this.#files = files;
  }

  /** Indexes one record of the inbox or the quarantine, once: indexing it again changes nothing. */
  index(record: StoredRecord): Indexed {
    return this.#database.transaction(() => {
      this.#noteScanned(record);
      return 'reason' in record.meta ? this.#quarantine(record) : this.#instance(record);
    })();
  }

  /** How far a segment has been indexed; 0 for an unknown one. */
  scannedTo(path: string): number {
    const row = this.#database
      .prepare('SELECT scanned_to FROM segment WHERE path = ?')
      .pluck()
      .get(path);
    return (row as number | undefined) ?? 0;
  }

  find(studyUid: string, sopInstanceUid: string): Instance | undefined {
    const row = this.#database
      .prepare(
        `SELECT ${instanceColumns} FROM instance WHERE study_uid = ? AND sop_instance_uid = ?`,
      )
      .get(studyUid, sopInstanceUid);
    return row === undefined ? undefined : fromRow(row as InstanceRow);
  }

  /** The instances of a study in the order of their UIDs. */
  ofStudy(studyUid: string): Instance[] {
    return this.#database
      .prepare(
        `SELECT ${instanceColumns} FROM instance WHERE study_uid = ? ORDER BY sop_instance_uid`,
      )
      .all(studyUid)
      .map((row) => fromRow(row as InstanceRow));
  }

  quarantined(since: number): QuarantinedInstance[] {
    return this.#database
      .prepare(
        `SELECT path, offset, sop_instance_uid AS sopInstanceUid, calling_ae_title AS callingAeTitle, reason,
           received_at AS receivedAt FROM quarantine WHERE received_at >= ? ORDER BY received_at DESC LIMIT 200`,
      )
      .all(since) as QuarantinedInstance[];
  }

  #noteScanned({ path, end }: StoredRecord): void {
    this.#database
      .prepare(
        `INSERT INTO segment (path, scanned_to) VALUES (?, ?)
         ON CONFLICT (path) DO UPDATE SET scanned_to = max(scanned_to, excluded.scanned_to)`,
      )
      .run(path, end);
  }

  #quarantine({ path, offset, meta }: StoredRecord): Indexed {
    const reason = String(meta['reason']);
    this.#database
      .prepare('INSERT OR IGNORE INTO quarantine VALUES (?, ?, ?, ?, ?, ?)')
      .run(
        path,
        offset,
        String(meta['sopInstanceUid']),
        String(meta['callingAeTitle']),
        reason,
        Number(meta['receivedAt']),
      );
    return { kind: 'quarantined', reason };
  }

  #instance(record: StoredRecord): Indexed {
    const { instance, identity } = this.#describe(record);
    const known = this.find(instance.studyUid, instance.sopInstanceUid);
    if (known) return this.#repeat(known, instance);
    this.#touchStudy(instance, identity);
    this.#database
      .prepare('INSERT INTO instance VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(
        instance.studyUid,
        instance.sopInstanceUid,
        instance.seriesUid,
        instance.sopClassUid,
        instance.transferSyntaxUid,
        instance.path,
        instance.offset,
        instance.length,
        instance.checksum,
        instance.receivedAt,
        JSON.stringify(instance.facts),
      );
    return { kind: 'new', instance };
  }

  #describe(record: StoredRecord): { instance: Instance; identity: StudyIdentity } {
    const { path, offset, length, checksum, meta } = record;
    const transferSyntaxUid = String(meta['transferSyntaxUid']);
    const prefix = readExtent(this.#files, {
      path,
      offset,
      length: Math.min(length, headerLimits.bytes),
    });
    const header = readInstanceHeader(prefix, transferSyntaxUid);
    const instance = {
      sopInstanceUid: String(meta['sopInstanceUid']),
      sopClassUid: String(meta['sopClassUid']),
      studyUid: firstString(header, tags.StudyInstanceUID) ?? '',
      seriesUid: firstString(header, tags.SeriesInstanceUID) ?? '',
      transferSyntaxUid,
      path,
      offset,
      length,
      checksum,
      receivedAt: Number(meta['receivedAt']),
      facts: describeInstance(header),
    };
    return { instance, identity: describeStudy(header) };
  }

  #repeat(known: Instance, again: Instance): Indexed {
    if (known.path === again.path && known.offset === again.offset)
      return { kind: 'duplicate', instance: known };
    if (known.transferSyntaxUid === again.transferSyntaxUid && this.#sameBytes(known, again))
      return { kind: 'duplicate', instance: known };
    this.#database
      .prepare('INSERT OR IGNORE INTO conflict VALUES (?, ?, ?, ?)')
      .run(again.path, again.offset, again.sopInstanceUid, again.receivedAt);
    return { kind: 'conflict', instance: known };
  }

  #sameBytes(one: Instance, other: Instance): boolean {
    return (
      one.length === other.length &&
      readExtent(this.#files, one).equals(readExtent(this.#files, other))
    );
  }

  /** A new instance opens its study again: what was concluded without it no longer covers the study. */
  #touchStudy({ studyUid, receivedAt }: Instance, identity: StudyIdentity): void {
    const first = this.#database
      .prepare('SELECT identity FROM study WHERE study_uid = ?')
      .pluck()
      .get(studyUid);
    const mismatch =
      first !== undefined && !isSamePatient(JSON.parse(first as string) as StudyIdentity, identity)
        ? 1
        : 0;
    this.#database
      .prepare(
        `INSERT INTO study VALUES (@studyUid, 'receiving', 1, @receivedAt, @receivedAt, @identity, 0)
         ON CONFLICT (study_uid) DO UPDATE SET
           revision = revision + (state <> 'receiving'),
           state = 'receiving',
           first_received_at = min(first_received_at, @receivedAt),
           last_received_at = max(last_received_at, @receivedAt),
           mismatch = max(mismatch, @mismatch)`,
      )
      .run({ studyUid, receivedAt, identity: JSON.stringify(identity), mismatch });
  }
}

export interface QuarantinedInstance {
  path: string;
  offset: number;
  sopInstanceUid: string;
  callingAeTitle: string;
  reason: string;
  receivedAt: number;
}

function fromRow(row: InstanceRow): Instance {
  return { ...row, facts: JSON.parse(row.facts) as Instance['facts'] };
}
