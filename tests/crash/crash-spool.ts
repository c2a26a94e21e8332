import { join } from 'node:path';
import { disk } from '../../device/files.ts';
import { openDatabase } from '../../runtime/spool/database.ts';
import { InstanceLedger } from '../../runtime/spool/instance-ledger.ts';
import { makeSpool, recover } from '../../runtime/spool/recovery.ts';
import { openSegmentKeys, type SegmentKeys } from '../../runtime/spool/segment-keys.ts';
import { readExtent, scanSegment, type StoredRecord } from '../../runtime/spool/segment-reader.ts';
import { temporaryFolder } from '../peers/process.ts';
import type { Attempts } from './test-sender.ts';
import { encodeObject } from './test-object.ts';

/** What must never be found. */
export interface Losses {
  /** Acknowledged, and not there whole. */
  lost: string[];
  /** There, and not what was sent whole. */
  partial: string[];
  /** There more often than it was sent without an answer, or more than once in the index. */
  duplicated: string[];
  /** Reported as damage by recovery. */
  damage: string[];
}

/** A spool that outlives receiver processes, with the index that main would keep of it. */
export class CrashSpool {
  readonly spool: string;
  readonly keyFolder: string;
  readonly attempts = new Map<string, Attempts>();
  readonly #folder = temporaryFolder();
  readonly #keys: SegmentKeys;
  #index = 0;
  #database: ReturnType<typeof openDatabase>;
  #ledger: InstanceLedger;

  constructor() {
    this.spool = join(this.#folder.path, 'spool');
    this.keyFolder = join(this.#folder.path, 'keys');
    makeSpool(disk, this.spool);
    this.#keys = openSegmentKeys(disk, this.spool, this.keyFolder);
    this.#database = this.#openIndex();
    this.#ledger = this.#openLedger();
  }

  /** Indexes an instance as main does when the receiver tells of it. */
  index(record: StoredRecord): void {
    this.#ledger.index(record);
  }

  /** As after the loss of the state database. */
  loseIndex(): void {
    this.#database.close();
    this.#database = this.#openIndex();
    this.#ledger = this.#openLedger();
  }

  /** Recovers the spool as main does before it starts a receiver, and compares what is there with what was promised. */
  async recover(): Promise<Losses> {
    const losses: Losses = { lost: [], partial: [], duplicated: [], damage: [] };
    for (const place of ['inbox', 'quarantine'])
      await recover(join(this.spool, place), {
        files: disk,
        keys: this.#keys,
        scannedTo: (path) => this.#ledger.scannedTo(path),
        index: (record) => void this.#ledger.index(record),
        damaged: (damage) => losses.damage.push(JSON.stringify(damage)),
      });
    const found = this.#countWhole(losses);
    for (const [uid, attempts] of this.attempts) this.#judge(attempts, found.get(uid) ?? 0, losses);
    return losses;
  }

  remove(): void {
    this.#database.close();
    this.#folder.remove();
  }

  /** How often every instance is on the disk. Every byte of every record is read. */
  #countWhole(losses: Losses): Map<string, number> {
    const found = new Map<string, number>();
    for (const record of this.#records(losses)) {
      const uid = String(record.meta['sopInstanceUid']);
      if (this.#isWhole(uid, readExtent(disk, record, this.#keys)))
        found.set(uid, (found.get(uid) ?? 0) + 1);
      else losses.partial.push(uid);
    }
    return found;
  }

  #records(losses: Losses): StoredRecord[] {
    return ['inbox', 'quarantine'].flatMap((place) =>
      disk.list(join(this.spool, place)).flatMap((name) => {
        const path = join(this.spool, place, name);
        const { records, damage, validEnd, fileLength } = scanSegment(disk, path, 0, this.#keys);
        if (validEnd !== fileLength) losses.partial.push(`a tail that was not cut: ${name}`);
        losses.damage.push(...damage.map((each) => JSON.stringify(each)));
        return records;
      }),
    );
  }

  #isWhole(uid: string, bytes: Buffer): boolean {
    const attempts = this.attempts.get(uid);
    return attempts !== undefined && encodeObject(attempts.object).equals(bytes);
  }

  #judge({ object, acknowledged, unanswered }: Attempts, found: number, losses: Losses): void {
    const { sopInstanceUid: uid, withoutSeries } = object;
    if (found < acknowledged) losses.lost.push(uid);
    if (found > acknowledged + unanswered) losses.duplicated.push(uid);
    if (withoutSeries) return;
    const indexed = this.#ledger.ofUid(uid);
    if (acknowledged > 0 && indexed.length === 0) losses.lost.push(`${uid} in the index`);
    if (indexed.length > 1 || this.#ledger.isInConflict(uid)) losses.duplicated.push(uid);
    for (const instance of indexed)
      if (!this.#isWhole(uid, readExtent(disk, instance, this.#keys))) losses.partial.push(uid);
  }

  #openIndex() {
    this.#index += 1;
    return openDatabase(join(this.#folder.path, `state-${this.#index}.db`), disk);
  }

  #openLedger(): InstanceLedger {
    return new InstanceLedger(this.#database, disk, 'keep-first', this.#keys);
  }
}
