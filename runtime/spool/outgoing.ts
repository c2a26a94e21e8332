import { join } from 'node:path';
import type { Clock } from '../../device/clock.ts';
import type { Files } from '../../device/files.ts';
import { segmentName } from './inbox.ts';
import type { SegmentKeys } from './segment-keys.ts';
import type { StoredRecord } from './segment-reader.ts';
import { SegmentWriter } from './segment-writer.ts';

/** Keeps results, each in a segment of its own: what belongs to a study can be erased with it, and nothing else. */
export class Outgoing {
  readonly #files: Files;
  readonly #clock: Clock;
  readonly #folder: string;
  readonly #keys: SegmentKeys | undefined;
  readonly #writing = new Set<Promise<unknown>>();

  /** `folder`: where outgoing segments lie. `keys` seal them; without them bytes are kept as they are. */
  constructor(files: Files, clock: Clock, folder: string, keys?: SegmentKeys) {
    this.#files = files;
    this.#clock = clock;
    this.#folder = folder;
    this.#keys = keys;
  }

  /** Resolves when the record is on stable storage. */
  async append(meta: Record<string, unknown>, data: Uint8Array): Promise<StoredRecord> {
    const writing = this.#write(meta, data);
    this.#writing.add(writing);
    try {
      return await writing;
    } finally {
      this.#writing.delete(writing);
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#writing);
  }

  async #write(meta: Record<string, unknown>, data: Uint8Array): Promise<StoredRecord> {
    const path = join(this.#folder, segmentName(this.#clock));
    const head = { createdAt: this.#clock.now() };
    const segment = new SegmentWriter(this.#files, path, head, this.#keys);
    try {
      segment.begin(meta);
      segment.write(data, 0, data.length);
      return { ...(await segment.finish()), meta };
    } finally {
      segment.close();
    }
  }
}
