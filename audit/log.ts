import { type KeyObject, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Cancel, Clock } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import type { Files } from '../device/files.ts';
import type { Keys } from '../device/keys.ts';
import { hashOf } from './chain.ts';
import { checkpointMs, checkpointRecords, idLength } from './checkpoint.ts';
import { type AuditEvent, encodeEvent } from './event.ts';
import { type Incident, recoverLog, segmentNumbers, sizeOf } from './recovery.ts';
import { rememberKeyChanges, removalTo, removeSegments } from './removal.ts';
import { frameHeadLength, segmentName } from './segment.ts';
import { type Entry, type LogAct, SegmentWriter, type Standing } from './segment-writer.ts';
import { recordHeadLength } from './record.ts';
import { adoptNextKey, makeNextKey, openSigningKey, publicPem, rawPublic } from './signing-key.ts';

export interface AuditLogOptions {
  files: Files;
  clock: Clock;
  folder: string;
  keys: Keys;
  /** The hospital's X25519 public key: only who holds the private one can read an export. */
  hospital: KeyObject;
  /** Bytes that are kept for the log. */
  quota?: number;
  /** Bytes from which a new segment is begun. */
  segmentBytes?: number;
  /** How long a record waits for others, at most 100 ms. */
  groupMs?: number;
  /** Told every checkpoint, as base64, when it is durable: whoever keeps it is a witness against truncation. */
  witness?: (checkpoint: string) => void;
}

/** `near` from 95 % of the quota, `full` when nothing more is taken. */
export type AuditSpace = 'ok' | 'near' | 'full';

interface Waiting extends Entry {
  resolve(): void;
  reject(error: unknown): void;
}

interface WaitingAct {
  act: LogAct;
  resolve(): void;
  reject(error: unknown): void;
}

const defaults = { quota: 4 * 2 ** 30, segmentBytes: 8 * 2 ** 20, groupMs: 20 };
const longestGroupMs = 100;
const nearShare = 0.95;
/** Kept of the quota for saying that recording stops, and for what a start writes. */
const headroom = 64 * 1024;
/** Bytes of a record beside its text: head, tag, MAC and frame. */
const recordCost = frameHeadLength + recordHeadLength + 16 + 32;

/**
 * The audit log of the device. A record is there for good when `append` resolves; records that come within a few
 * milliseconds share one sync.
 */
export class AuditLog {
  /** What was found damaged at start. It is kept, and recorded. */
  readonly incidents: readonly Incident[];
  /** The first key that signed it: with it anybody can verify the log, changes of keys included; PEM. */
  readonly publicKey: string;
  /** Names the log, hexadecimal. */
  readonly logId: string;
  readonly #options: AuditLogOptions & typeof defaults;
  readonly #writer: SegmentWriter;
  readonly #watchers = new Set<() => void>();
  readonly #acts: WaitingAct[] = [];
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #unsigned = 0;
  #checkpointDue = false;
  #cancelGroup: Cancel | undefined;
  #cancelCheckpoint: Cancel | undefined;
  #flushing: Promise<void> | undefined;
  #closed = false;

  private constructor(
    options: AuditLogOptions & typeof defaults,
    writer: SegmentWriter,
    found: { incidents: Incident[]; publicKey: string; logId: string },
  ) {
    this.#options = options;
    this.#writer = writer;
    this.incidents = found.incidents;
    this.publicKey = found.publicKey;
    this.logId = found.logId;
  }

  /**
   * Opens the log of a folder, or begins one. Everything that was acknowledged is there; what a power cut left of a
   * group is cut off, and the log says so. Throws AUDIT_KEY_UNUSABLE and KEY_UNUSABLE for keys that are gone or
   * another device's, Node's own error where the disk does not work.
   */
  static async open(given: AuditLogOptions): Promise<AuditLog> {
    const options = { ...defaults, ...given };
    const { files, folder, keys, hospital } = options;
    checkOptions(options);
    files.makeFolder(folder);
    const numbers = segmentNumbers(files, folder);
    const { logId, boot, standing, incidents, signer } = recoverLog(options);
    const signingKey = openSigningKey({ files, folder, keys }, numbers.length > 0, signer);
    removeSegments(
      files,
      folder,
      numbers.filter((number) => number < standing.first),
    );
    const writer = new SegmentWriter(
      { files, folder, keys, hospital, signingKey },
      { logId, bootId: randomBytes(idLength), boot: boot + 1 },
      standing,
      usedBytes(files, folder),
    );
    const pemPath = join(folder, 'device.pem');
    files.createWhole(pemPath, Buffer.from(publicPem(signingKey)));
    const publicKey = files.readText(pemPath);
    const log = new AuditLog(options, writer, {
      incidents,
      publicKey,
      logId: logId.toString('hex'),
    });
    await log.#begin(standing);
    return log;
  }

  /** Bytes used, and what that means. */
  get space(): { used: number; quota: number; state: AuditSpace } {
    const { quota } = this.#options;
    const used = this.#writer.used + this.#waitingBytes;
    if (used >= quota - headroom) return { used, quota, state: 'full' };
    return { used, quota, state: used >= nearShare * quota ? 'near' : 'ok' };
  }

  /** Where it is acknowledged to: segment, bytes of it, and sequence of the last record. */
  get end(): { segment: number; offset: number; sequence: number } {
    return this.#writer.end;
  }

  /** Calls `told` whenever records have become durable; returns how to stop that. */
  watch(told: () => void): () => void {
    this.#watchers.add(told);
    return () => this.#watchers.delete(told);
  }

  /**
   * Records an event; resolves when it is on stable storage. Rejects with AUDIT_EVENT_INVALID, AUDIT_FULL and
   * AUDIT_UNWRITABLE, and then nothing is recorded.
   */
  async append(event: AuditEvent): Promise<void> {
    if (this.#closed) throw new ScansideError('INTERNAL', 'the audit log is closed');
    const plain = encodeEvent(event);
    if (this.space.state === 'full') throw new ScansideError('AUDIT_FULL', this.#options.folder);
    await this.#enqueue(plain);
  }

  /**
   * From here on another key signs; the one before signs that. Resolves when that is durable; rejects with
   * AUDIT_UNWRITABLE, and then the old key goes on.
   */
  async rotateKey(): Promise<void> {
    const { files, folder, keys } = this.#options;
    const next = makeNextKey({ files, folder, keys });
    const [oldHash, newHash] = [this.#writer.publicKey, rawPublic(next)].map((raw) =>
      hashOf(raw).toString('hex'),
    );
    const fields = { item: 'audit-signing-key', oldHash: oldHash!, newHash: newHash! };
    const told = this.#enqueue(encodeEvent({ name: 'security-configuration', outcome: 0, fields }));
    await Promise.all([told, this.#act({ kind: 'key-change', next })]);
    adoptNextKey({ files, folder, keys });
  }

  /**
   * Removes the segments before `segment`, which must be delivered: first a signed record says so, then they go. Resolves
   * to the bytes that are free now. Rejects with AUDIT_UNWRITABLE, and then all are still there.
   */
  async removeBefore(segment: number): Promise<number> {
    const { files, folder } = this.#options;
    const gone = segmentNumbers(files, folder).filter((number) => number < segment);
    if (gone.length === 0 || segment > this.end.segment) return 0;
    const removal = removalTo(files, folder, segment);
    rememberKeyChanges(files, folder, gone);
    await this.#act({ kind: 'removal', removal });
    const bytes = removeSegments(files, folder, gone);
    this.#writer.forget(bytes);
    return bytes;
  }

  /** Records that recording stops, signs the end and closes. Rejects as `append` does, and is closed all the same. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#checkpointDue = true;
    const end: AuditEvent = { name: 'audit-stopped', outcome: 0, fields: { reason: 'shutdown' } };
    const ended = this.#enqueue(encodeEvent(end));
    try {
      await Promise.all([ended, this.#settle()]);
    } finally {
      this.#cancelCheckpoint?.();
      this.#writer.close();
    }
  }

  async #begin(found: Standing): Promise<void> {
    try {
      await this.#writer.begin();
      await this.#recordStart(found);
    } catch (error) {
      this.#cancelCheckpoint?.();
      this.#writer.close();
      throw error;
    }
  }

  async #recordStart({ tornBytes: bytes, segment }: Standing): Promise<void> {
    const events: AuditEvent[] = [{ name: 'audit-started', outcome: 0, fields: {} }];
    if (bytes > 0) events.push({ name: 'audit-tail-cut', outcome: 4, fields: { bytes, segment } });
    for (const { kind, segment } of this.incidents)
      events.push({ name: 'audit-damaged', outcome: 8, fields: { reason: kind, segment } });
    const told = events.map((event) => this.#enqueue(encodeEvent(event)));
    await Promise.all([...told, this.#settle()]);
  }

  #enqueue(plain: Buffer): Promise<void> {
    const { clock, groupMs } = this.#options;
    return new Promise((resolve, reject) => {
      const when = { wall: clock.now(), monotonic: clock.monotonic() };
      this.#waiting.push({ ...when, plain, resolve, reject });
      this.#waitingBytes += recordCost + plain.length;
      if (!this.#flushing) this.#cancelGroup ??= clock.after(groupMs, () => void this.#settle());
    });
  }

  #act(act: LogAct): Promise<void> {
    if (this.#closed)
      return Promise.reject(new ScansideError('INTERNAL', 'the audit log is closed'));
    const done = Promise.withResolvers<void>();
    this.#acts.push({ act, ...done });
    void this.#settle();
    return done.promise;
  }

  /** Writes groups until nothing waits. Never rejects: whoever waits is told. */
  #settle(): Promise<void> {
    this.#cancelGroup?.();
    this.#cancelGroup = undefined;
    return (this.#flushing ??= this.#flushAll());
  }

  async #flushAll(): Promise<void> {
    // The promise must be known before it ends.
    await Promise.resolve();
    while (this.#isDue) if (!(await this.#flush())) break;
    // At once with the last look at who waits: whoever comes later starts anew.
    this.#flushing = undefined;
  }

  get #isDue(): boolean {
    const isUnsigned = this.#checkpointDue && this.#unsigned > 0;
    return this.#waiting.length > 0 || this.#acts.length > 0 || isUnsigned;
  }

  /** One group; false where it could not be written. */
  async #flush(): Promise<boolean> {
    const group = this.#waiting;
    const act = this.#acts.shift();
    this.#waiting = [];
    this.#waitingBytes = 0;
    try {
      await this.#write(group, act?.act);
      for (const { resolve } of group) resolve();
      act?.resolve();
      for (const told of this.#watchers) told();
      return true;
    } catch (cause) {
      const error = new ScansideError('AUDIT_UNWRITABLE', this.#options.folder, { cause });
      for (const { reject } of group) reject(error);
      act?.reject(error);
      return this.#waiting.length > 0 || this.#acts.length > 0;
    }
  }

  async #write(group: Waiting[], act: LogAct | undefined): Promise<void> {
    const { clock, segmentBytes, witness } = this.#options;
    const bytes = group.reduce((sum, { plain }) => sum + recordCost + plain.length, 0);
    const isLast = this.#writer.length + bytes >= segmentBytes;
    const isDue = this.#checkpointDue || this.#unsigned + group.length >= checkpointRecords;
    const when = { wall: clock.now(), monotonic: clock.monotonic() };
    const checkpoint = await this.#writer.write(
      group,
      isLast || isDue || act ? when : undefined,
      act,
    );
    this.#count(group.length, checkpoint !== undefined);
    if (checkpoint) witness?.(checkpoint.toString('base64'));
    if (isLast) await this.#rotate();
  }

  /** A rotation that fails does not concern those who wait: their records are there. */
  async #rotate(): Promise<void> {
    await this.#writer.begin().catch(() => undefined);
  }

  #count(records: number, isSigned: boolean): void {
    this.#unsigned = isSigned ? 0 : this.#unsigned + records;
    if (isSigned) {
      this.#checkpointDue = false;
      this.#cancelCheckpoint?.();
      this.#cancelCheckpoint = undefined;
    } else
      this.#cancelCheckpoint ??= this.#options.clock.after(checkpointMs, () => {
        this.#cancelCheckpoint = undefined;
        this.#checkpointDue = true;
        void this.#settle();
      });
  }
}

function checkOptions({ hospital, groupMs }: AuditLogOptions & typeof defaults): void {
  if (hospital.type !== 'public' || hospital.asymmetricKeyType !== 'x25519')
    throw new ScansideError('AUDIT_KEY_UNUSABLE', 'the hospital’s key is no X25519 public key');
  if (groupMs < 0 || groupMs > longestGroupMs)
    throw new ScansideError('INTERNAL', `groupMs must be 0 to ${longestGroupMs}`);
}

function usedBytes(files: Files, folder: string): number {
  return segmentNumbers(files, folder)
    .map((number) => sizeOf(files, join(folder, segmentName(number))))
    .reduce((sum, size) => sum + size, 0);
}
