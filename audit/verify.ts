import { createSecretKey, type KeyObject } from 'node:crypto';
import { ScansideError } from '../device/errors.ts';
import { genesis, hashOf, Ratchet } from './chain.ts';
import {
  type Checkpoint,
  isSignedBy,
  readCheckpoint,
  readKeyChange,
  readRemoval,
  type Removal,
} from './checkpoint.ts';
import { SigningKeys } from './signing-keys.ts';
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
  signature: 'is signed, but not by this device',
  mac: 'was not made with the key of its turn',
  payload: 'cannot be opened with the key of its segment',
  truncated: 'is missing: the log ends before it',
  rewritten: 'is not what the witness saw',
  removed: 'is missing, and nothing signed says that it may be',
} as const;
export type FaultKind = keyof typeof faultKinds;

export interface Verdict {
  records: number;
  segments: number;
  checkpoints: number;
  /** The first record that is there; those before were removed when they had been delivered, and that is signed. */
  first: number;
  /** Changes of the key that signs. */
  keyChanges: number;
  /** Everything up to this record is covered by a signature. */
  signedTo: number;
  /** The last record that was read. */
  last: number;
  fault: Fault | undefined;
}

export interface VerifyOptions {
  /** Ed25519, of the device: the first that it signed with. Those that came after follow from it. */
  publicKey: KeyObject;
  /** The last checkpoint that left the device: whatever it covers must be there. */
  witness?: Checkpoint | undefined;
  /** X25519, private, of the hospital: MACs and payloads are checked too. */
  hospital?: KeyObject | undefined;
  /** An export of later segments, which does not begin with the first; nothing need say why. */
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
  readonly #keys: SigningKeys;
  #header: SegmentHeader | undefined;
  /** Where a log that does not begin with its first segment begins, until something signed says that it may. */
  #unexplained: { header: SegmentHeader; frame: PlacedFrame } | undefined;
  #isAfterHeader = true;
  #expected = 1;
  #head: Buffer = genesis;
  #payloadKey: KeyObject | undefined;
  #ratchet: Ratchet | undefined;
  /** Whether the record before the one that did not fit is the wrong one. */
  #blamesBefore = false;

  constructor(frames: Iterable<PlacedFrame>, options: VerifyOptions) {
    this.#frames = new FrameQueue(frames);
    this.#options = options;
    this.#keys = new SigningKeys(options.publicKey);
    const none = { records: 0, segments: 0, checkpoints: 0, signedTo: 0, last: 0 };
    this.#verdict = { ...none, first: 1, keyChanges: 0, fault: undefined };
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
      const what = frame.body ? this.#check(frame, frame.body) : 'damaged';
      if (what) return this.#firstFault(frame, what);
      end = frame;
    }
    const mustReach = this.#options.witness?.sequence ?? 0;
    const isCut = !this.#header || mustReach >= this.#expected;
    if (isCut) return this.#fault(end, 'truncated');
    return this.#unexplained ? this.#unexplainedStart(this.#unexplained) : this.#verdict;
  }

  /** A start that nothing explains comes before every other fault; what explains it may stand behind that. */
  #firstFault(frame: PlacedFrame, what: FaultKind): Verdict {
    const start = this.#unexplained;
    return start && !this.#isExplainedLater()
      ? this.#unexplainedStart(start)
      : this.#fault(frame, what);
  }

  #isExplainedLater(): boolean {
    for (let frame = this.#frames.take(); frame; frame = this.#frames.take()) {
      const record = frame.body && decodeRecord(frame.body);
      if (record?.kind === 'removal' && this.#isOurs(record)) this.#heed(record);
      if (!this.#unexplained) return true;
    }
    return false;
  }

  #unexplainedStart({ header, frame }: { header: SegmentHeader; frame: PlacedFrame }): Verdict {
    const { file, offset } = frame;
    const place = { record: 1, segment: header.number, file, offset };
    return { ...this.#verdict, fault: { ...place, what: 'removed' } };
  }

  #fault({ file, offset }: PlacedFrame, what: FaultKind): Verdict {
    const isBefore = what === 'changed' && this.#blamesBefore;
    const record = isBefore && !this.#isAfterHeader ? this.#expected - 1 : this.#expected;
    const segment = this.#header?.number ?? 0;
    return { ...this.#verdict, fault: { record, segment, file, offset, what } };
  }

  #check(frame: PlacedFrame, body: Buffer): FaultKind | undefined {
    const header = decodeHeader(body);
    if (header) return this.#checkHeader(header, body, frame);
    const record = decodeRecord(body);
    if (!record) return 'damaged';
    return this.#header ? this.#checkRecord(record, body) : this.#learnKey(record);
  }

  /** Before the first segment that is there stand the changes of keys from those that are gone. */
  #learnKey(record: AuditRecord): FaultKind | undefined {
    const change = readKeyChange(record);
    if (!change) return 'damaged';
    return this.#keys.learn(record, change.raw) ? undefined : 'signature';
  }

  #checkHeader(header: SegmentHeader, body: Buffer, frame: PlacedFrame): FaultKind | undefined {
    const isFirst = !this.#header;
    const isLate = isFirst && header.number > 1;
    if (isLate) this.#enterAt(header);
    if (isLate && !this.#options.partial) this.#unexplained = { header, frame };
    const number = isLate ? header.number : this.#nextNumber();
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
    this.#verdict.first = firstSequence;
  }

  #openSecrets({ logId, number, envelope }: SegmentHeader, body: Buffer): FaultKind | undefined {
    const { hospital } = this.#options;
    if (!hospital) return undefined;
    try {
      const secrets = openEnvelope(hospital, envelopeOwner(logId, number), envelope);
      this.#payloadKey = createSecretKey(secrets.payloadKey);
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
    const isSigned = kind !== 'event';
    if (isSigned && !this.#isOurs(record)) return 'signature';
    if (!previous.equals(this.#head)) return this.#blame(body, isSigned);
    const { witness } = this.#options;
    if (witness?.sequence === sequence && !(kind === 'checkpoint' && witness.root.equals(previous)))
      return 'rewritten';
    const wrong = this.#checkSecrets(record);
    if (!wrong) this.#pass(record, body);
    return wrong;
  }

  /** Signed with the key of its time, and said of this log. */
  #isOurs(record: AuditRecord): boolean {
    const said = readCheckpoint(record) ?? readKeyChange(record) ?? readRemoval(record);
    if (said?.logId !== this.#header!.logId.toString('hex')) return false;
    return isSignedBy(record, this.#keys.at(record.sequence));
  }

  #checkSecrets(record: AuditRecord): FaultKind | undefined {
    if (!this.#ratchet || !this.#payloadKey) return undefined;
    if (!this.#ratchet.mac(record.authenticated).equals(record.mac)) return 'mac';
    if (record.kind !== 'event') return this.#tell(record, undefined);
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

  #pass(record: AuditRecord, body: Buffer): void {
    const { sequence, kind } = record;
    this.#head = hashOf(body);
    this.#isAfterHeader = false;
    this.#expected = sequence + 1;
    this.#verdict.records += 1;
    this.#verdict.last = sequence;
    if (kind === 'event') return;
    this.#verdict.signedTo = sequence;
    if (kind === 'checkpoint') this.#verdict.checkpoints += 1;
    this.#heed(record);
  }

  /** What a signed record means for what is still to come. */
  #heed(record: AuditRecord): void {
    const change = readKeyChange(record);
    if (change) {
      this.#keys.learn(record, change.raw);
      this.#verdict.keyChanges += 1;
    }
    const removal = readRemoval(record);
    if (removal && this.#unexplained && explains(removal, this.#unexplained.header))
      this.#unexplained = undefined;
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

/** Whether a log may begin so: more may be there than had to be kept, as when removing was cut short. */
function explains(removal: Removal, { number, firstSequence, previous }: SegmentHeader): boolean {
  if (removal.segment !== number) return removal.segment > number;
  return removal.firstSequence === firstSequence && removal.previous.equals(previous);
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
