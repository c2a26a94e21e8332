import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import type { Files } from '../../device/files.ts';
import { ByteCollector } from '../dicom/byte-collector.ts';
import { headerLimits, readHeader, type DataSet } from '../dicom/data-set.ts';
import type { StoreRequest, StoreSink } from '../dicom/receiver.ts';
import { admit, type Admission } from './admission.ts';
import type { SegmentKeys } from './segment-keys.ts';
import { SegmentWriter, type Extent } from './segment-writer.ts';

/** Who sends: what is written at the head of every segment. */
export interface Sender {
  id: string;
  callingAeTitle: string;
  calledAeTitle: string;
  peerAddress: string;
}

export interface InboxOptions {
  files: Files;
  clock: Clock;
  /** The spool; `inbox/` and `quarantine/` lie in it. */
  folder: string;
  /** Seal every segment; without them bytes are kept as they came. */
  keys?: SegmentKeys | undefined;
  /** Called for every instance once it is on stable storage and before the sender hears of it. */
  stored(extent: Extent, meta: Record<string, unknown>): void;
}

/** First length at which the header is looked for; it grows by the factor until the reader's limit. */
const firstLook = 8 * 1024;
const lookFactor = 4;

/** Files that one association may have open. A peer that names a new study with each instance opens no more. */
const openSegments = 16;

/** Names a new segment. Nothing from the wire goes into the name. */
export function segmentName(clock: Clock): string {
  return `${String(clock.now()).padStart(15, '0')}-${randomBytes(8).toString('hex')}.seg`;
}

/** The segments of one association: one for each study it sends, and one for what must be kept aside. */
export class AssociationInbox {
  readonly #options: InboxOptions;
  readonly #sender: Sender;
  readonly #segments = new Map<string, SegmentWriter>();

  constructor(options: InboxOptions, sender: Sender) {
    this.#options = options;
    this.#sender = sender;
  }

  store(request: StoreRequest): StoreSink {
    return new InstanceSink(this.#options, request, this.#sender, (admission) =>
      this.#segment(admission),
    );
  }

  close(): void {
    for (const segment of this.#segments.values()) segment.close();
    this.#segments.clear();
  }

  #segment(admission: Admission): SegmentWriter {
    const key = admission.place === 'inbox' ? admission.studyInstanceUid : 'quarantine';
    const open = this.#segments.get(key);
    if (open && !open.broken) return open;
    if (open) this.#close(key, open);
    else this.#makeRoom();
    const { files, clock, folder, keys } = this.#options;
    const path = join(folder, admission.place, segmentName(clock));
    const head = { sender: this.#sender, createdAt: clock.now() };
    const segment = new SegmentWriter(files, path, head, keys);
    this.#segments.set(key, segment);
    return segment;
  }

  #makeRoom(): void {
    if (this.#segments.size < openSegments) return;
    const [oldest] = this.#segments;
    if (oldest) this.#close(...oldest);
  }

  #close(key: string, segment: SegmentWriter): void {
    this.#segments.delete(key);
    segment.close();
  }
}

/** Takes one instance: holds its first bytes until they say to which study it belongs, then streams. */
class InstanceSink implements StoreSink {
  readonly #options: InboxOptions;
  readonly #request: StoreRequest;
  readonly #sender: Sender;
  readonly #choose: (admission: Admission) => SegmentWriter;
  readonly #held = new ByteCollector();
  #nextLook = firstLook;
  #open:
    { admission: Admission; segment: SegmentWriter; meta: Record<string, unknown> } | undefined;

  constructor(
    options: InboxOptions,
    request: StoreRequest,
    sender: Sender,
    choose: (admission: Admission) => SegmentWriter,
  ) {
    this.#options = options;
    this.#request = request;
    this.#sender = sender;
    this.#choose = choose;
  }

  write(buffer: Uint8Array, start: number, end: number): void {
    if (this.#open) return this.#open.segment.write(buffer, start, end);
    // The first piece is mostly a whole fragment and says it all; then nothing is held, and nothing copied.
    const isFirst = this.#held.length === 0;
    if (!isFirst) this.#held.append(buffer, start, end);
    this.#look(isFirst ? buffer.subarray(start, end) : this.#held.bytes);
    if (isFirst && !this.#open) this.#held.append(buffer, start, end);
  }

  async end(): Promise<number> {
    if (!this.#open) this.#identify(this.#held.bytes, true);
    const { admission, segment, meta } = this.#open!;
    const extent = await segment.finish();
    this.#options.stored(extent, meta);
    return admission.place === 'inbox' ? 0x0000 : admission.status;
  }

  abort(): void {
    this.#open?.segment.undo();
  }

  #look(bytes: Uint8Array): void {
    if (bytes.length < this.#nextLook) return;
    this.#nextLook *= lookFactor;
    this.#identify(bytes, bytes.length >= headerLimits.bytes);
  }

  /** Finds the segment for what begins with `bytes`, and writes them; does nothing where they do not say enough. */
  #identify(bytes: Uint8Array, last: boolean): void {
    const header = this.#readHeader(bytes, last);
    if (header === 'more') return;
    const admission = admit(this.#request, header);
    const segment = this.#choose(admission);
    const meta = this.#describe(admission);
    this.#begin(segment, meta, bytes);
    this.#open = { admission, segment, meta };
    this.#held.take();
  }

  /** A beginning that fails is taken away again: the next record must not follow half of one. */
  #begin(segment: SegmentWriter, meta: Record<string, unknown>, bytes: Uint8Array): void {
    try {
      segment.begin(meta);
      segment.write(bytes, 0, bytes.length);
    } catch (error) {
      segment.undo();
      throw error;
    }
  }

  #readHeader(bytes: Uint8Array, last: boolean): DataSet | 'more' | undefined {
    try {
      const { transferSyntaxUid } = this.#request;
      const reading = readHeader(bytes, transferSyntaxUid, headerLimits, last);
      return reading.state === 'complete' ? reading.dataSet : last ? undefined : 'more';
    } catch (error) {
      if (error instanceof ScansideError) return undefined;
      throw error;
    }
  }

  #describe(admission: Admission): Record<string, unknown> {
    const { sopClassUid, sopInstanceUid, transferSyntaxUid, priority } = this.#request;
    return {
      sopClassUid,
      sopInstanceUid,
      transferSyntaxUid,
      receivedAt: this.#options.clock.now(),
      association: this.#sender.id,
      callingAeTitle: this.#sender.callingAeTitle,
      ...(priority !== undefined && { priority }),
      ...(admission.place === 'quarantine' && { reason: admission.reason }),
    };
  }
}
