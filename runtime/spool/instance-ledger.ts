import type Database from 'better-sqlite3-multiple-ciphers';
import type { Files } from '../../device/files.ts';
import { headerLimits } from '../dicom/data-set.ts';
import { tags } from '../dicom/tag.ts';
import { firstString } from '../dicom/value.ts';
import { takesPlace, type DuplicatePolicy } from './duplicate.ts';
import {
  describeInstance,
  describeSending,
  describeStudy,
  holdsHeader,
  isSamePatient,
  readInstanceHeader,
  type Instance,
  type StudyIdentity,
} from './instance.ts';
import type { SegmentKeys } from './segment-keys.ts';
import { readExtent, type StoredRecord } from './segment-reader.ts';

/** What an indexed record turned out to be. */
export type Indexed =
  | { kind: 'new'; instance: Instance }
  /** The same bytes again: nothing changes. */
  | { kind: 'duplicate'; instance: Instance }
  /** Other bytes under a known SOP Instance UID: both are kept, and `instance` is the one that counts. */
  | { kind: 'conflict'; instance: Instance }
  /** The same, and what has just been indexed takes the place of what counted before. */
  | { kind: 'replaced'; instance: Instance }
  | { kind: 'quarantined'; reason: string };

interface InstanceRow extends Omit<Instance, 'facts'> {
  facts: string;
}

const instanceColumns = `sop_instance_uid AS sopInstanceUid, study_uid AS studyUid, series_uid AS seriesUid,
  sop_class_uid AS sopClassUid, transfer_syntax_uid AS transferSyntaxUid, path, start, offset, length, checksum,
  received_at AS receivedAt, facts`;

/** Bytes that most headers keep to; a longer one is read once more. */
const usualHeader = 32 * 1024;

/** The index of received instances. Every row comes from a record on disk; live and recovered ones alike. */
export class InstanceLedger {
  readonly #database: Database.Database;
  readonly #files: Files;
  readonly #policy: DuplicatePolicy;
  readonly #keys: SegmentKeys | undefined;

  /** `keys` open sealed segments. */
  constructor(
    database: Database.Database,
    files: Files,
    policy: DuplicatePolicy = 'keep-first',
    keys?: SegmentKeys,
  ) {
    this.#database = database;
    this.#files = files;
    this.#policy = policy;
    this.#keys = keys;
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

  /** How many images are kept, and their bytes. */
  held(): { images: number; bytes: number } {
    return this.#database
      .prepare('SELECT count(*) AS images, coalesce(sum(length), 0) AS bytes FROM instance')
      .get() as { images: number; bytes: number };
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

  /** Every instance of that UID; more than one where different studies use it. */
  ofUid(sopInstanceUid: string): Instance[] {
    return this.#database
      .prepare(`SELECT ${instanceColumns} FROM instance WHERE sop_instance_uid = ?`)
      .all(sopInstanceUid)
      .map((row) => fromRow(row as InstanceRow));
  }

  /** Whether other bytes have come under the UID of an instance. */
  isInConflict(sopInstanceUid: string): boolean {
    const row = this.#database
      .prepare('SELECT 1 FROM conflict WHERE sop_instance_uid = ?')
      .get(sopInstanceUid);
    return row !== undefined;
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
    this.#database
      .prepare('UPDATE segment SET study_uid = ? WHERE path = ?')
      .run(instance.studyUid, instance.path);
    const known = this.find(instance.studyUid, instance.sopInstanceUid);
    if (known) return this.#repeat(known, instance, identity);
    return this.#add(instance, identity);
  }

  #add(instance: Instance, identity: StudyIdentity): Indexed {
    this.#touchStudy(instance, identity);
    this.#write(instance);
    return { kind: 'new', instance };
  }

  #write(instance: Instance): void {
    this.#database
      .prepare(
        `INSERT OR REPLACE INTO instance VALUES (@studyUid, @sopInstanceUid, @seriesUid, @sopClassUid,
           @transferSyntaxUid, @path, @start, @offset, @length, @checksum, @receivedAt, @facts)`,
      )
      .run({ ...instance, facts: JSON.stringify(instance.facts) });
  }

  /** Bytes that hold the header. Most are short, and what is not read need not be opened either. */
  #readPrefix(record: StoredRecord, transferSyntaxUid: string): Buffer {
    const prefix = readExtent(this.#files, record, this.#keys, usualHeader);
    const isWhole = prefix.length < usualHeader || holdsHeader(prefix, transferSyntaxUid);
    return isWhole ? prefix : readExtent(this.#files, record, this.#keys, headerLimits.bytes);
  }

  #describe(record: StoredRecord): { instance: Instance; identity: StudyIdentity } {
    const { path, start, offset, length, checksum, meta } = record;
    const transferSyntaxUid = String(meta['transferSyntaxUid']);
    const prefix = this.#readPrefix(record, transferSyntaxUid);
    const header = readInstanceHeader(prefix, transferSyntaxUid);
    const instance = {
      sopInstanceUid: String(meta['sopInstanceUid']),
      sopClassUid: String(meta['sopClassUid']),
      studyUid: firstString(header, tags.StudyInstanceUID) ?? '',
      seriesUid: firstString(header, tags.SeriesInstanceUID) ?? '',
      transferSyntaxUid,
      path,
      start,
      offset,
      length,
      checksum,
      receivedAt: Number(meta['receivedAt']),
      facts: { ...describeInstance(header), sending: describeSending(meta, prefix) },
    };
    return { instance, identity: describeStudy(header) };
  }

  #repeat(known: Instance, again: Instance, identity: StudyIdentity): Indexed {
    if (isOneRecord(known, again) || this.#isKnownConflict(again))
      return { kind: 'duplicate', instance: known };
    const bytes = this.#readIfPossible(known);
    // Somebody has sent it again because it was lost: then this one is the first.
    if (!bytes) return this.#add(again, identity);
    if (known.transferSyntaxUid === again.transferSyntaxUid && this.#read(again).equals(bytes))
      return this.#keepEarlier(known, again);
    const replaces = takesPlace(again, known, this.#policy);
    this.#setAside(replaces ? known : again);
    // What was concluded from bytes that do not count, or that nobody may trust, no longer stands.
    if (replaces || this.#policy === 'quarantine') this.#touchStudy(again, identity);
    if (!replaces) return { kind: 'conflict', instance: known };
    this.#write(again);
    this.#database
      .prepare('DELETE FROM analysis WHERE study_uid = ? AND sop_instance_uid = ?')
      .run(again.studyUid, again.sopInstanceUid);
    return { kind: 'replaced', instance: again };
  }

  /** Of two equal records the earlier one stands in the index, in whichever order they are read. */
  #keepEarlier(known: Instance, again: Instance): Indexed {
    const earlier = takesPlace(again, known, 'keep-first') ? again : known;
    if (earlier === again) this.#write(again);
    return { kind: 'duplicate', instance: earlier };
  }

  #setAside({ path, offset, studyUid, sopInstanceUid, receivedAt }: Instance): void {
    this.#database
      .prepare('INSERT OR IGNORE INTO conflict VALUES (?, ?, ?, ?, ?)')
      .run(path, offset, studyUid, sopInstanceUid, receivedAt);
  }

  #isKnownConflict({ path, offset }: Instance): boolean {
    const row = this.#database
      .prepare('SELECT 1 FROM conflict WHERE path = ? AND offset = ?')
      .get(path, offset);
    return row !== undefined;
  }

  /** Undefined for an instance that is no longer there to be read: its key or its file is gone, or it is damaged. */
  #readIfPossible(instance: Instance): Buffer | undefined {
    try {
      return this.#read(instance);
    } catch {
      return undefined;
    }
  }

  #read(instance: Instance): Buffer {
    return readExtent(this.#files, instance, this.#keys);
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
        `INSERT INTO study VALUES (@studyUid, 'receiving', 1, @receivedAt, @receivedAt, @identity, 0, '',
           EXISTS (SELECT 1 FROM act WHERE study_uid = @studyUid AND kind = 'raise'), NULL)
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

function isOneRecord(one: Instance, other: Instance): boolean {
  return one.path === other.path && one.offset === other.offset;
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
