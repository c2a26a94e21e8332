import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Files } from '../device/files.ts';
import { keyLength, type Keys } from '../device/keys.ts';
import { hashOf, type Ratchet } from './chain.ts';
import {
  encodeCheckpoint,
  encodeKeyChange,
  encodeRemoval,
  type Removal,
  signCheckpoint,
} from './checkpoint.ts';
import { envelopeOwner, sealEnvelope } from './envelope.ts';
import { encodePlace, type RecordPlace, sealPayload, type SignedKind } from './record.ts';
import {
  encodeHeader,
  frameOf,
  segmentKeyName,
  segmentKeyPurpose,
  segmentName,
} from './segment.ts';
import { rawPublic } from './signing-key.ts';
import { storeState } from './state.ts';

/** What a log writes with. */
export interface LogTools {
  files: Files;
  folder: string;
  keys: Keys;
  /** X25519, public. */
  hospital: KeyObject;
  /** Ed25519, private; the one to begin with. */
  signingKey: KeyObject;
}

/** One run of the program, which is one boot of the log. */
export interface LogIdentity {
  logId: Buffer;
  bootId: Buffer;
  boot: number;
}

/** An event on its way: when it was told, and its text. */
export interface Entry {
  wall: number;
  monotonic: number;
  plain: Buffer;
}

/** How far a log has come. */
export interface Standing {
  segment: number;
  /** Bytes of the segment that count. */
  length: number;
  sequence: number;
  head: Buffer;
  ratchet: Ratchet;
  /** Bytes behind `length` that a start found. They are kept in mind until the first group, which tells of them. */
  tornBytes: number;
  /** The first segment that is kept. */
  first: number;
}

/** What is done to the log itself, and signed. */
export type LogAct =
  { kind: 'key-change'; next: KeyObject } | { kind: 'removal'; removal: Removal };

type Moment = Omit<Entry, 'plain'>;

/** What is made of a group of entries before any of it is written. */
interface Draft extends Standing {
  frames: Buffer[];
  checkpoint: Buffer | undefined;
  signer: KeyObject;
}

interface OpenSegment {
  fd: number;
  path: string;
  payloadKey: KeyObject;
}

/**
 * Writes groups of records to segments. A group is there when its bytes are synced and the state behind it is stored;
 * where either fails nothing of it is: the segment is cut back and a new one, with new keys, is begun before anything
 * else is written. Calls must not overlap.
 */
export class SegmentWriter {
  readonly #tools: LogTools;
  readonly #identity: LogIdentity;
  #standing: Standing;
  /** Ed25519, private. */
  #signer: KeyObject;
  /** Bytes of the segments before the one that is written. */
  #settled: number;
  #open: OpenSegment | undefined;

  /** `used`: bytes of all segments there are. */
  constructor(tools: LogTools, identity: LogIdentity, standing: Standing, used: number) {
    this.#tools = tools;
    this.#signer = tools.signingKey;
    this.#identity = identity;
    this.#standing = standing;
    this.#settled = used - standing.length;
  }

  /** The first segment that is kept. */
  get first(): number {
    return this.#standing.first;
  }

  /** The public key that signs. */
  get publicKey(): Buffer {
    return rawPublic(this.#signer);
  }

  /** Bytes in the segment. */
  get length(): number {
    return this.#standing.length;
  }

  /** Where the log is acknowledged to. */
  get end(): { segment: number; offset: number; sequence: number } {
    const { segment, length, sequence } = this.#standing;
    return { segment, offset: length, sequence: sequence - 1 };
  }

  /** Bytes in all segments. */
  get used(): number {
    return this.#settled + this.#standing.length;
  }

  /** Begins the next segment; also what is done first after a failure. Rejects with Node's own error. */
  async begin(): Promise<void> {
    this.#abandon();
    this.#store(this.#standing);
    await this.#cutBack();
    const { open, standing } = await this.#create();
    this.#open = open;
    this.#adopt(standing);
  }

  /**
   * Resolves when all entries, and behind them an act and the checkpoint that were asked for, are on stable storage; with
   * the checkpoint. An act is always followed by one. Rejects with Node's own error, and nothing of the group will be
   * there.
   */
  async write(
    entries: readonly Entry[],
    checkpoint: Moment | undefined,
    act?: LogAct,
  ): Promise<Buffer | undefined> {
    if (!this.#open) await this.begin();
    const draft = this.#draft(entries, checkpoint, act);
    try {
      await this.#commit(draft);
    } catch (error) {
      draft.ratchet.destroy();
      this.#abandon();
      throw error;
    }
    return draft.checkpoint;
  }

  close(): void {
    this.#abandon();
    this.#standing.ratchet.destroy();
  }

  async #commit(draft: Draft): Promise<void> {
    const { fd } = this.#open!;
    const bytes = Buffer.concat(draft.frames);
    this.#tools.files.write(fd, bytes, 0, bytes.length);
    await this.#tools.files.sync(fd);
    this.#store(draft, draft.signer);
    this.#adopt(draft);
    this.#signer = draft.signer;
  }

  /** Bytes that are no longer there. */
  forget(bytes: number): void {
    this.#settled -= bytes;
  }

  #adopt({ segment, length, sequence, head, ratchet, tornBytes, first }: Standing): void {
    if (segment !== this.#standing.segment) this.#settled += this.#standing.length;
    this.#standing.ratchet.destroy();
    this.#standing = { segment, length, sequence, head, ratchet, tornBytes, first };
  }

  #draft(entries: readonly Entry[], checkpoint: Moment | undefined, act?: LogAct): Draft {
    const ratchet = this.#standing.ratchet.fork();
    const empty = { frames: [], checkpoint: undefined, tornBytes: 0, signer: this.#signer };
    const draft: Draft = { ...this.#standing, ...empty, ratchet };
    for (const entry of entries) {
      const head = encodePlace(this.#place(draft, 'event', entry));
      const key = this.#open!.payloadKey;
      const payload = sealPayload(key, draft.sequence, head, entry.plain);
      addBody(draft, seal(draft, head, payload));
    }
    if (!checkpoint) return draft;
    if (act) this.#addAct(draft, act, checkpoint);
    const { logId, bootId } = this.#identity;
    draft.checkpoint = this.#addSigned(
      draft,
      'checkpoint',
      encodeCheckpoint(logId, bootId),
      checkpoint,
    );
    return draft;
  }

  #addAct(draft: Draft, act: LogAct, when: Moment): void {
    const { logId } = this.#identity;
    if (act.kind === 'removal') {
      this.#addSigned(draft, act.kind, encodeRemoval(logId, act.removal), when);
      draft.first = act.removal.segment;
      return;
    }
    this.#addSigned(draft, act.kind, encodeKeyChange(logId, rawPublic(act.next)), when);
    draft.signer = act.next;
  }

  #addSigned(draft: Draft, kind: SignedKind, payload: Buffer, when: Moment): Buffer {
    const signed = seal(draft, encodePlace(this.#place(draft, kind, when)), payload);
    const body = Buffer.concat([signed, signCheckpoint(signed, draft.signer)]);
    addBody(draft, body);
    return body;
  }

  #place(
    { sequence, head }: Draft,
    kind: RecordPlace['kind'],
    { wall, monotonic }: Moment,
  ): RecordPlace {
    return { kind, boot: this.#identity.boot, sequence, wall, monotonic, previous: head };
  }

  async #create(): Promise<{ open: OpenSegment; standing: Standing }> {
    const { files, folder, keys } = this.#tools;
    const segment = this.#standing.segment + 1;
    const path = join(folder, segmentName(segment));
    const keyPath = join(folder, segmentKeyName(segment));
    const payloadKey = randomBytes(keyLength);
    const ratchet = this.#standing.ratchet.fork();
    ratchet.enterSegment(segment);
    const header = this.#header(segment, payloadKey, ratchet.copyKey());
    files.remove(path);
    files.replace(keyPath, keys.wrap(segmentKeyPurpose(segment), payloadKey));
    const fd = files.create(path);
    try {
      const frame = frameOf(header);
      files.write(fd, frame, 0, frame.length);
      await files.sync(fd);
      await files.syncFolder(folder);
      const head = hashOf(header);
      const standing = { ...this.#standing, segment, length: frame.length, head, ratchet };
      this.#store(standing);
      return { open: { fd, path, payloadKey: createSecretKey(payloadKey) }, standing };
    } catch (error) {
      ratchet.destroy();
      files.close(fd);
      throw error;
    } finally {
      payloadKey.fill(0);
    }
  }

  #header(number: number, payloadKey: Buffer, firstMacKey: Buffer): Buffer {
    const { logId, boot } = this.#identity;
    const owner = envelopeOwner(logId, number);
    const envelope = sealEnvelope(this.#tools.hospital, owner, { payloadKey, firstMacKey });
    firstMacKey.fill(0);
    const { sequence: firstSequence, head: previous } = this.#standing;
    return encodeHeader({ logId, number, firstSequence, previous, boot, envelope });
  }

  #store(standing: Standing, signer = this.#signer): void {
    const { segment, length, sequence, head, ratchet, tornBytes, first } = standing;
    const { files, folder, keys } = this.#tools;
    const { logId, boot } = this.#identity;
    const macKey = ratchet.copyKey();
    const place = {
      logId: logId.toString('hex'),
      boot,
      segment,
      length,
      sequence,
      tornBytes,
      first,
    };
    const more = { head: head.toString('hex'), signer: rawPublic(signer).toString('hex') };
    storeState(files, folder, keys, { ...place, ...more, macKey });
    macKey.fill(0);
  }

  /** What lies behind the last acknowledged record would look like records to a reader. */
  async #cutBack(): Promise<void> {
    const { files, folder } = this.#tools;
    const { segment, length } = this.#standing;
    await cutBack(files, join(folder, segmentName(segment)), length);
  }

  #abandon(): void {
    if (!this.#open) return;
    const { fd } = this.#open;
    this.#open = undefined;
    this.#tools.files.close(fd);
  }
}

/** Shortens a file, durably. One that is not there, or no longer than that, is left alone. */
async function cutBack(files: Files, path: string, length: number): Promise<void> {
  if (!files.exists(path)) return;
  const fd = files.openToUpdate(path);
  try {
    if (files.size(fd) <= length) return;
    files.truncate(fd, length);
    await files.sync(fd);
  } finally {
    files.close(fd);
  }
}

/** The record's body up to its MAC. */
function seal({ ratchet }: Draft, head: Buffer, payload: Buffer): Buffer {
  const authenticated = Buffer.concat([head, payload]);
  return Buffer.concat([authenticated, ratchet.mac(authenticated)]);
}

function addBody(draft: Draft, body: Buffer): void {
  const frame = frameOf(body);
  draft.frames.push(frame);
  draft.length += frame.length;
  draft.sequence += 1;
  draft.head = hashOf(body);
}
