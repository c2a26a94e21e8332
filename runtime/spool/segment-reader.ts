import { crc32 } from 'node:zlib';
import type { Files } from '../../device/files.ts';
import {
  decodeFramed,
  decodeTrailer,
  endMarkLength,
  frameLimit,
  recordMagic,
  segmentMagic,
  trailerLength,
  type Trailer,
} from './record.ts';
import type { Extent } from './segment-writer.ts';

export interface StoredRecord extends Extent {
  meta: Record<string, unknown>;
}

/** Bytes of a segment that fail their checksum although later records were acknowledged. */
export interface Damage {
  path: string;
  start: number;
  end: number;
}

export interface Scan {
  records: StoredRecord[];
  /** No crash explains these: a sick disk, or somebody's hand. They are reported, never cut. */
  damage: Damage[];
  /** Where the torn tail begins that a crash left behind; the file's length when there is none. */
  validEnd: number;
  fileLength: number;
}

const windowLength = 1024 * 1024;
/** No head is as long as this, so a longer file was more than a head that a crash cut off. */
const headLimit = 1024;

/** Reads one segment file. Holds at most a window of it in memory. */
class SegmentFile {
  readonly #files: Files;
  readonly #fd: number;
  readonly length: number;

  constructor(files: Files, fd: number) {
    this.#files = files;
    this.#fd = fd;
    this.length = files.size(fd);
  }

  bytes(position: number, length: number): Buffer {
    const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.length - position)));
    return buffer.subarray(0, this.#files.read(this.#fd, buffer, position));
  }

  /** First trailer at or after `from`; undefined when there is none. */
  findTrailer(endMark: Buffer, from: number): { at: number; trailer: Trailer } | undefined {
    for (let base = from; base + trailerLength <= this.length; base += windowLength) {
      const window = this.bytes(base, windowLength + trailerLength - 1);
      for (let at = window.indexOf(endMark); at >= 0; at = window.indexOf(endMark, at + 1)) {
        const trailer = decodeTrailer(endMark, window.subarray(at));
        if (trailer) return { at: base + at, trailer };
      }
    }
    return undefined;
  }

  /** Start of the frame that ends at `dataStart`, looked for from `from` on. */
  findFrame(from: number, dataStart: number): number | undefined {
    const base = Math.max(from, dataStart - frameLimit);
    const window = this.bytes(base, dataStart - base);
    for (
      let at = window.lastIndexOf(recordMagic);
      at >= 0;
      at = window.lastIndexOf(recordMagic, at - 1)
    ) {
      if (decodeFramed(recordMagic, window.subarray(at))?.length === window.length - at)
        return base + at;
      if (at === 0) break;
    }
    return undefined;
  }

  checksum(start: number, end: number): number {
    let sum = 0;
    for (let at = start; at < end; at += windowLength)
      sum = crc32(this.bytes(at, Math.min(windowLength, end - at)), sum);
    return sum;
  }
}

/** The record at `start`, or what is there instead; undefined for a torn tail, which nobody was promised. */
function readRecord(
  file: SegmentFile,
  path: string,
  endMark: Buffer,
  start: number,
): StoredRecord | Damage | undefined {
  const frame = decodeFramed(recordMagic, file.bytes(start, frameLimit));
  const offset = start + (frame?.length ?? 0);
  const found = file.findTrailer(endMark, offset);
  if (!found) return undefined;
  const { dataLength: length, checksum } = found.trailer;
  const end = found.at + trailerLength;
  const whole = length === found.at - offset && file.checksum(start, found.at) === checksum;
  if (frame && whole) return { path, start, offset, length, end, checksum, meta: frame.meta };
  // The trailer may be that of a later record, when this one's own was hit.
  const later =
    found.at - length > offset ? file.findFrame(start + 1, found.at - length) : undefined;
  if (later !== undefined) return { path, start, end: later };
  // The next record is begun only after this one was acknowledged or taken back.
  return end < file.length ? { path, start, end } : undefined;
}

/** The head, only with a sound end mark: with another one every record would look torn and be cut. */
function readHead(file: SegmentFile): { endMark: Buffer; length: number } | undefined {
  const head = decodeFramed(segmentMagic, file.bytes(0, frameLimit));
  if (!head) return undefined;
  const endMark = Buffer.from(String(head.meta['endMark']), 'hex');
  const sound = endMark.length === endMarkLength && head.meta['endMarkChecksum'] === crc32(endMark);
  return sound ? { endMark, length: head.length } : undefined;
}

function collect(scan: Scan, file: SegmentFile, path: string, endMark: Buffer, from: number): void {
  scan.validEnd = from;
  for (;;) {
    const next = readRecord(file, path, endMark, scan.validEnd);
    if (!next) return;
    if ('meta' in next) scan.records.push(next);
    else scan.damage.push(next);
    scan.validEnd = next.end;
  }
}

/** Without its head no record of a segment can be told from another, and yet they may all have been acknowledged. */
function reportWhole(scan: Scan, path: string): void {
  scan.damage.push({ path, start: 0, end: scan.fileLength });
  scan.validEnd = scan.fileLength;
}

/** Every valid record of a segment that starts at or after `from` (a record boundary; 0 is the file's start). */
export function scanSegment(files: Files, path: string, from = 0): Scan {
  const fd = files.openToRead(path);
  try {
    const file = new SegmentFile(files, fd);
    const head = readHead(file);
    const scan: Scan = { records: [], damage: [], validEnd: 0, fileLength: file.length };
    if (head) collect(scan, file, path, head.endMark, Math.max(from, head.length));
    else if (file.length > headLimit) reportWhole(scan, path);
    return scan;
  } finally {
    files.close(fd);
  }
}

/** Cuts what a crash left behind the last valid record. It was never acknowledged. */
export async function cutTail(
  files: Files,
  { validEnd, fileLength }: Scan,
  path: string,
): Promise<void> {
  if (validEnd === fileLength) return;
  const fd = files.openToUpdate(path);
  try {
    files.truncate(fd, validEnd);
    await files.sync(fd);
  } finally {
    files.close(fd);
  }
}

/** Bytes `[offset, offset + length)` of a segment. */
export function readExtent(
  files: Files,
  { path, offset, length }: Pick<Extent, 'path' | 'offset' | 'length'>,
): Buffer {
  const fd = files.openToRead(path);
  try {
    const buffer = Buffer.allocUnsafe(length);
    return buffer.subarray(0, files.read(fd, buffer, offset));
  } finally {
    files.close(fd);
  }
}
