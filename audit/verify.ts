import type { KeyObject } from 'node:crypto';
import { ScansideError } from '../device/errors.ts';
import { genesis, hashOf, Ratchet } from './chain.ts';
import { type Checkpoint, isSignedBy, readCheckpoint } from './checkpoint.ts';
import { envelopeOwner, openEnvelope } from './envelope.ts';
import type { PlacedFrame } from './frame-reader.ts';
import { type AuditRecord, decodeRecord, openPayload } from './record.ts';
import { decodeHeader, type SegmentHeader } from './segment.ts';

/** What was found wrong first. */
export interface Fault {
  /** The first record that is not as it was written or not where it belongs; of a header, the segment's first. */
  record: number;
  segment: number;
  file: string;
  offset: number;
  what: FaultKind;
}

/** What can be wrong. */
export const faultKinds = {
  damaged: 'is no whole record: bytes were changed, removed or added',
  changed: 'is not what the records behind it are chained to',
  header: 'begins with a segment that does not belong there',
  order: 'is missing, or another stands in its place',
  signature: 'is a checkpoint that this device has not signed',
  mac: 'was not made with the key of its turn',
  payload: 'cannot be opened with the key of its segment',
  truncated: 'is missing: the log ends before it',
  rewritten: 'is not what the witness saw',
} as const;
export type FaultKind = keyof typeof faultKinds;

export interface Verdict {
  records: number;
  segments: number;
  checkpoints: number;
  /** Everything up to this record is covered by a signature. */
  signedTo: number;
  /** The last record that was read. */
  last: number;
  fault: Fault | undefined;
}

export interface VerifyOptions {
  /** Ed25519, of the device. */
  publicKey: KeyObject;
  /** The last checkpoint that left the device: whatever it covers must be there. */
  witness?: Checkpoint | undefined;
  /** X25519, private, of the hospital: MACs and payloads are checked too. */
  hospital?: KeyObject | undefined;
  /** An export of later segments, which does not begin with the first. */
  partial?: boolean | undefined;
  /** Told every record that is as it was written, and its text where `hospital` is given. */
  seen?: ((record: AuditRecord, plain: Buffer | undefined) => void) | undefined;
}

/** Frames one by one, with a look at the next. */
class FrameQueue {
  readonly #frames: Iterator<PlacedFrame>;
  #ahead: PlacedFrame | undefined;

  constructor(frames: Iterable<PlacedFrame>) {
    this.#frames = frames[Symbol.iterator]();
  }

  take(): PlacedFrame | undefined {
    const frame = this.peek();
    this.#ahead = undefined;
    return frame;
  }

  peek(): PlacedFrame | undefined {
    if (this.#ahead) return this.#ahead;
    const { done, value } = this.#frames.next();
    return (this.#ahead = done ? undefined : value);
  }

  /** Lets go of the file. */
  close(): void {
    this.#frames.return?.();
  }
}

class Verifier {
  readonly #options: VerifyOptions;
  readonly #frames: FrameQueue;
  readonly #verdict: Verdict;
  #header: SegmentHeader | undefined;
  #isAfterHeader = true;
  #expected = 1;
  #head: Buffer = genesis;
  #payloadKey: Buffer | undefined;
  #ratchet: Ratchet | undefined;
  /** Whether the record before the one that did not fit is the wrong one. */
  #blamesBefore = false;

  constructor(frames: Iterable<PlacedFrame>, options: VerifyOptions) {
    this.#frames = new FrameQueue(frames);
    this.#options = options;
    const none = { records: 0, segments: 0, checkpoints: 0, signedTo: 0, last: 0 };
    this.#verdict = { ...none, fault: undefined };
  }

  run(): Verdict {
    try {
      return this.#runThrough();
    } finally {
      this.#frames.close();
    }
  }

  #runThrough(): Verdict {
    let end: PlacedFrame = { file: '', offset: 0, body: undefined };
    for (let frame = this.#frames.take(); frame; frame = this.#frames.take()) {
      const what = frame.body ? this.#check(frame.body) : 'damaged';
      if (what) return this.#fault(frame, what);
      end = frame;
    }
    const mustReach = this.#options.witness?.sequence ?? 0;
    const isCut = !this.#header || mustReach >= this.#expected;
    return isCut ? this.#fault(end, 'truncated') : this.#verdict;
  }

  #fault({ file, offset }: PlacedFrame, what: FaultKind): Verdict {
    const isBefore = what === 'changed' && this.#blamesBefore;
    const record = isBefore && !this.#isAfterHeader ? this.#expected - 1 : this.#expected;
    const segment = this.#header?.number ?? 0;
    return { ...this.#verdict, fault: { record, segment, file, offset, what } };
  }

  #check(body: Buffer): FaultKind | undefined {
    const header = decodeHeader(body);
    if (header) return this.#checkHeader(header, body);
    const record = decodeRecord(body);
    if (!record || !this.#header) return 'damaged';
    return this.#checkRecord(record, body);
  }

  #checkHeader(header: SegmentHeader, body: Buffer): FaultKind | undefined {
    const isFirst = !this.#header;
    if (isFirst && this.#options.partial) this.#enterAt(header);
    const number = isFirst && this.#options.partial ? header.number : this.#nextNumber();
    const isOurs = !this.#header || header.logId.equals(this.#header.logId);
    if (!isOurs || header.number !== number || header.firstSequence !== this.#expected)
      return 'header';
    if (isFirst && !this.#isWitnessed(header)) return 'rewritten';
    if (!header.previous.equals(this.#head)) return this.#blame(body);
    this.#header = header;
    this.#head = hashOf(body);
    this.#isAfterHeader = true;
    this.#verdict.segments += 1;
    return this.#openSecrets(header, body);
  }

  /** A witness of another log, such as that of the time before this one was begun anew, speaks against it. */
  #isWitnessed({ logId }: SegmentHeader): boolean {
    const { witness } = this.#options;
    return !witness || witness.logId === logId.toString('hex');
  }

  #nextNumber(): number {
    return (this.#header?.number ?? 0) + 1;
  }

  #enterAt({ firstSequence, previous }: SegmentHeader): void {
    this.#expected = firstSequence;
    this.#head = previous;
    this.#verdict.signedTo = firstSequence - 1;
  }

  #openSecrets({ logId, number, envelope }: SegmentHeader, body: Buffer): FaultKind | undefined {
    const { hospital } = this.#options;
    if (!hospital) return undefined;
    try {
      const secrets = openEnvelope(hospital, envelopeOwner(logId, number), envelope);
      this.#payloadKey = secrets.payloadKey;
      return this.#enterSegment(number, secrets.firstMacKey);
    } catch (error) {
      // A first header that is as it was written does not open: the key is the wrong one.
      if (this.#verdict.segments === 1 && this.#isFollowed(body)) throw error;
      return 'header';
    }
  }

  /** Anybody can seal keys for the hospital; only the device had those that follow from the segment before. */
  #enterSegment(number: number, firstMacKey: Buffer): FaultKind | undefined {
    const before = this.#ratchet;
    this.#ratchet = new Ratchet(firstMacKey);
    before?.enterSegment(number);
    return before && !before.copyKey().equals(firstMacKey) ? 'mac' : undefined;
  }

  #checkRecord(record: AuditRecord, body: Buffer): FaultKind | undefined {
    const { sequence, previous, boot, kind } = record;
    if (sequence !== this.#expected || boot !== this.#header?.boot) return 'order';
    if (kind === 'checkpoint' && !this.#isOurCheckpoint(record)) return 'signature';
    if (!previous.equals(this.#head)) return this.#blame(body, kind === 'checkpoint');
    const { witness } = this.#options;
    if (witness?.sequence === sequence && !(kind === 'checkpoint' && witness.root.equals(previous)))
      return 'rewritten';
    const wrong = this.#checkSecrets(record);
    if (!wrong) this.#pass(record, body);
    return wrong;
  }

  #isOurCheckpoint(record: AuditRecord): boolean {
    const logId = this.#header!.logId.toString('hex');
    return isSignedBy(record, this.#options.publicKey) && readCheckpoint(record)?.logId === logId;
  }

  #checkSecrets(record: AuditRecord): FaultKind | undefined {
    if (!this.#ratchet || !this.#payloadKey) return undefined;
    if (!this.#ratchet.mac(record.authenticated).equals(record.mac)) return 'mac';
    if (record.kind === 'checkpoint') return this.#tell(record, undefined);
    try {
      return this.#tell(record, openPayload(this.#payloadKey, record));
    } catch (error) {
      if (error instanceof ScansideError) return 'payload';
      throw error;
    }
  }

  #tell(record: AuditRecord, plain: Buffer | undefined): undefined {
    this.#options.seen?.(record, plain);
  }

  #pass({ sequence, kind }: AuditRecord, body: Buffer): void {
    this.#head = hashOf(body);
    this.#isAfterHeader = false;
    this.#expected = sequence + 1;
    this.#verdict.records += 1;
    this.#verdict.last = sequence;
    if (kind === 'event') return;
    this.#verdict.checkpoints += 1;
    this.#verdict.signedTo = sequence;
  }

  /**
   * Two neighbours do not fit: whose fault is it? One that is signed, or that what follows is chained to, is as it was
   * written, so that the one before it was changed.
   */
  #blame(body: Buffer, isSigned = false): FaultKind {
    this.#blamesBefore = isSigned || this.#isFollowed(body);
    return 'changed';
  }

  #isFollowed(body: Buffer): boolean {
    const next = this.#frames.peek()?.body;
    const link = next && (decodeHeader(next) ?? decodeRecord(next));
    return link?.previous.equals(hashOf(body)) ?? false;
  }
}

/**
 * Goes through a log in order and stops at the first thing that is wrong. With the device's public key alone it finds
 * every change before the last checkpoint; a witness shows what was cut off behind; the hospital's key finds the rest
 * and names the very record where somebody has made a whole new chain. Throws AUDIT_KEY_UNUSABLE for a key that the
 * log was not sealed for.
 */
export function verifyLog(frames: Iterable<PlacedFrame>, options: VerifyOptions): Verdict {
  return new Verifier(frames, options).run();
}
