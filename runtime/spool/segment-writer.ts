import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Files } from '../../device/files.ts';
import { Sealer } from '../../device/sealing.ts';
import { closeAnyway, createWith } from './new-file.ts';
import {
  encodeFrame,
  encodeMeta,
  encodeTrailer,
  endMarkLength,
  recordMagic,
  sealedSegmentMagic,
  segmentMagic,
} from './record.ts';
import type { SegmentKeys } from './segment-keys.ts';

/** Where the bytes of one record stand. */
export interface Extent {
  /** Segment file. */
  path: string;
  /** First byte of the record in the file. */
  start: number;
  /** First byte of the data in the file, sealed or as received. */
  offset: number;
  /** Bytes as received. */
  length: number;
  /** First byte after the record's trailer. */
  end: number;
  checksum: number;
}

interface OpenRecord {
  start: number;
  offset: number;
  length: number;
  checksum: number;
}

/**
 * Appends records to one new segment file. Writes go to the page cache and block; `finish` resolves when the record
 * and the file's name are on stable storage, and only then may anybody be told that it is kept.
 */
export class SegmentWriter {
  readonly path: string;
  readonly #files: Files;
  readonly #fd: number;
  readonly #endMark = randomBytes(endMarkLength);
  readonly #named: Promise<unknown>;
  readonly #sealer: Sealer | undefined;
  #end = 0;
  #record: OpenRecord | undefined;
  #broken = false;
  #finishing = false;
  #closing = false;

  /**
   * `head` describes the segment for people and tools; nothing depends on it but the end mark that is added. With `keys`
   * the segment is sealed with a key of its own; its head is not.
   */
  constructor(files: Files, path: string, head: Record<string, unknown>, keys?: SegmentKeys) {
    this.path = path;
    this.#files = files;
    const made = keys?.create(path);
    // These failures are reported by `finish`; without such lines they would also end the process.
    made?.kept.catch(() => {});
    this.#sealer = made && new Sealer(made.key);
    const content = encodeMeta({ ...head, ...describeEndMark(this.#endMark) });
    const frame = encodeFrame(made ? sealedSegmentMagic : segmentMagic, content);
    try {
      this.#fd = createWith(files, path, frame);
    } catch (error) {
      keys?.abandon(path);
      throw error;
    }
    this.#end = frame.length;
    this.#named = Promise.all([files.syncFolder(dirname(path)), made?.kept]);
    this.#named.catch(() => {});
  }

  /** True after a failed write that could not be undone, and after a failed sync: open another segment. */
  get broken(): boolean {
    return this.#broken;
  }

  begin(meta: Record<string, unknown>): void {
    const content = encodeMeta(meta);
    const frame = encodeFrame(recordMagic, this.#sealer?.begin(content) ?? content);
    const start = this.#end;
    this.#record = { start, offset: start + frame.length, length: 0, checksum: 0 };
    this.#put(frame);
    if (this.#sealer) this.#put(this.#sealer.number());
  }

  write(buffer: Uint8Array, start: number, end: number): void {
    this.#open().length += end - start;
    if (this.#sealer) this.#sealer.write(buffer, start, end, (sealed) => this.#put(sealed));
    else this.#put(buffer, start, end);
  }

  /** Closes the record and makes it durable. On failure the record is as if it had never been. */
  async finish(): Promise<Extent> {
    const record = this.#open();
    this.#finishing = true;
    try {
      this.#sealer?.finish((sealed) => this.#put(sealed));
      const { start, offset, length, checksum } = record;
      const dataLength = this.#end - offset;
      this.#append(encodeTrailer(this.#endMark, { dataLength, checksum }));
      await this.#persist();
      this.#record = undefined;
      return { path: this.path, start, offset, length, end: this.#end, checksum };
    } finally {
      this.#finishing = false;
      // After success there is nothing to take back.
      this.undo();
      if (this.#closing) closeAnyway(this.#files, this.#fd);
    }
  }

  /** Takes an unfinished record away again. One that is being finished is not touched: it may yet be promised. */
  undo(): void {
    if (!this.#record || this.#finishing) return;
    try {
      this.#files.truncate(this.#fd, this.#record.start);
      this.#end = this.#record.start;
    } catch {
      this.#broken = true;
    }
    this.#record = undefined;
  }

  /** Closes the file, once the record that is being finished has its fate. */
  close(): void {
    this.#closing = true;
    if (this.#finishing) return;
    this.undo();
    closeAnyway(this.#files, this.#fd);
  }

  /** What a sync has failed to write may never be written, and no later sync of the file would say so. */
  async #persist(): Promise<void> {
    try {
      await this.#files.sync(this.#fd);
      await this.#named;
    } catch (error) {
      this.#broken = true;
      throw error;
    }
  }

  #open(): OpenRecord {
    if (!this.#record) throw new Error('no record is open');
    return this.#record;
  }

  /** Appends to the open record. */
  #put(buffer: Uint8Array, start = 0, end = buffer.length): void {
    const record = this.#open();
    record.checksum = crc32(buffer.subarray(start, end), record.checksum);
    this.#append(buffer, start, end);
  }

  #append(buffer: Uint8Array, start = 0, end = buffer.length): void {
    this.#files.write(this.#fd, buffer, start, end);
    this.#end += end - start;
  }
}

function describeEndMark(endMark: Buffer): Record<string, unknown> {
  return { endMark: endMark.toString('hex'), endMarkChecksum: crc32(endMark) };
}
