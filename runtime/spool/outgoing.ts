import { join } from 'node:path';
import type { Clock } from '../../device/clock.ts';
import type { Files } from '../../device/files.ts';
import { segmentName } from './inbox.ts';
import type { StoredRecord } from './segment-reader.ts';
import { SegmentWriter } from './segment-writer.ts';

/** Appends results to a segment of this run, one after the other. */
export class Outgoing {
  readonly #files: Files;
  readonly #clock: Clock;
  readonly #folder: string;
  #segment: SegmentWriter | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** `folder`: where outgoing segments lie. */
  constructor(files: Files, clock: Clock, folder: string) {
    this.#files = files;
    this.#clock = clock;
    this.#folder = folder;
  }

  /** Resolves when the record is on stable storage. */
  append(meta: Record<string, unknown>, data: Uint8Array): Promise<StoredRecord> {
    const next = this.#last.then(() => this.#write(meta, data));
    this.#last = next.catch(() => {});
    return next;
  }

  async close(): Promise<void> {
    await this.#last;
    this.#segment?.close();
    this.#segment = undefined;
  }

  async #write(meta: Record<string, unknown>, data: Uint8Array): Promise<StoredRecord> {
    const segment = this.#openSegment();
    try {
      segment.begin(meta);
      segment.write(data, 0, data.length);
      return { ...(await segment.finish()), meta };
    } catch (error) {
      segment.undo();
      throw error;
    }
  }

  #openSegment(): SegmentWriter {
    if (this.#segment && !this.#segment.broken) return this.#segment;
    this.#segment?.close();
    const path = join(this.#folder, segmentName(this.#clock));
    this.#segment = new SegmentWriter(this.#files, path, { createdAt: this.#clock.now() });
    return this.#segment;
  }
}
