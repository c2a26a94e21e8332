import { crc32 } from 'node:zlib';
import { readData } from '../../device/data-extent.ts';
import { ScansideError, type ErrorCode } from '../../device/errors.ts';
import type { Files } from '../../device/files.ts';
import { openedLength, openMeta, recordNumberLength } from '../../device/sealing.ts';
import {
  decodeFrame,
  decodeMeta,
  decodeTrailer,
  endMarkLength,
  frameLimit,
  recordMagic,
  sealedSegmentMagic,
  segmentMagic,
  trailerLength,
  type Trailer,
} from './record.ts';
import type { SegmentKeys } from './segment-keys.ts';
import type { Extent } from './segment-writer.ts';

export interface StoredRecord extends Extent {
  meta: Record<string, unknown>;
}

/** Bytes of a segment that were acknowledged and cannot be read. */
export interface Damage {
  path: string;
  start: number;
  end: number;
  /** SPOOL_CORRUPT for a checksum that fails; KEY_MISSING, KEY_UNUSABLE or SEAL_BROKEN for what cannot be opened. */
  code: ErrorCode;
}

/** A record whose bytes are whole; they may be sealed. */
interface WholeRecord extends Extent {
  content: Buffer;
}

type FoundRecord = WholeRecord | Damage;

interface SegmentHead {
  endMark: Buffer;
  length: number;
  sealed: boolean;
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
      if (decodeFrame(recordMagic, window.subarray(at))?.length === window.length - at)
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
function findRecord(
  file: SegmentFile,
  path: string,
  { endMark }: SegmentHead,
  start: number,
): FoundRecord | undefined {
  const frame = decodeFrame(recordMagic, file.bytes(start, frameLimit));
  const offset = start + (frame?.length ?? 0);
  const found = file.findTrailer(endMark, offset);
  if (!found) return undefined;
  const { dataLength: length, checksum } = found.trailer;
  const end = found.at + trailerLength;
  const whole = length === found.at - offset && file.checksum(start, found.at) === checksum;
  if (frame && whole) return { path, start, offset, length, end, checksum, content: frame.content };
  // The trailer may be that of a later record, when this one's own was hit.
  const later =
    found.at - length > offset ? file.findFrame(start + 1, found.at - length) : undefined;
  if (later !== undefined) return { path, start, end: later, code: 'SPOOL_CORRUPT' };
  // The next record is begun only after this one was acknowledged or taken back.
  return end < file.length ? { path, start, end, code: 'SPOOL_CORRUPT' } : undefined;
}

/** What a whole record says. A sealed one is opened; what cannot be opened or understood is damage. */
function openRecord(
  file: SegmentFile,
  { content, ...extent }: WholeRecord,
  findKey: () => Buffer | undefined,
): StoredRecord | Damage {
  const { path, start, end } = extent;
  try {
    const key = findKey();
    const meta = decodeMeta(key ? openSealedMeta(file, key, extent.offset, content) : content);
    const length = key ? openedLength(extent.length) : extent.length;
    if (meta && length !== undefined) return { ...extent, length, meta };
    return { path, start, end, code: 'SPOOL_CORRUPT' };
  } catch (error) {
    if (!(error instanceof ScansideError)) throw error;
    return { path, start, end, code: error.code };
  }
}

function openSealedMeta(file: SegmentFile, key: Buffer, offset: number, content: Buffer): Buffer {
  return openMeta(key, file.bytes(offset, recordNumberLength), content);
}

function findKey(path: string, sealed: boolean, keys?: SegmentKeys): Buffer | undefined {
  if (!sealed) return undefined;
  if (!keys) throw new ScansideError('KEY_MISSING', 'no keys are at hand');
  return keys.find(path);
}

/** The head, only with a sound end mark: with another one every record would look torn and be cut. */
function readHead(file: SegmentFile): SegmentHead | undefined {
  const bytes = file.bytes(0, frameLimit);
  const sealed = bytes.subarray(0, sealedSegmentMagic.length).equals(sealedSegmentMagic);
  const frame = decodeFrame(sealed ? sealedSegmentMagic : segmentMagic, bytes);
  const meta = frame && decodeMeta(frame.content);
  if (!meta) return undefined;
  const endMark = Buffer.from(String(meta['endMark']), 'hex');
  const sound = endMark.length === endMarkLength && meta['endMarkChecksum'] === crc32(endMark);
  return sound ? { endMark, length: frame.length, sealed } : undefined;
}

function collect(
  scan: Scan,
  file: SegmentFile,
  next: (start: number) => FoundRecord | undefined,
  key: () => Buffer | undefined,
): void {
  for (let found = next(scan.validEnd); found; found = next(scan.validEnd)) {
    scan.validEnd = found.end;
    const read = 'content' in found ? openRecord(file, found, key) : found;
    if ('meta' in read) scan.records.push(read);
    else addDamage(scan, read);
  }
}

/** One line for a segment whose key is gone, however many records it has. */
function addDamage({ damage }: Scan, next: Damage): void {
  const last = damage.at(-1);
  if (last?.code === next.code && last.end === next.start && next.code !== 'SPOOL_CORRUPT')
    last.end = next.end;
  else damage.push(next);
}

/** Without its head no record of a segment can be told from another, and yet they may all have been acknowledged. */
function reportWhole(scan: Scan, path: string): void {
  scan.damage.push({ path, start: 0, end: scan.fileLength, code: 'SPOOL_CORRUPT' });
  scan.validEnd = scan.fileLength;
}

/**
 * Every valid record of a segment that starts at or after `from` (a record boundary; 0 is the file's start). Where the
 * torn tail begins is found without a key; `keys` open what sealed records say.
 */
export function scanSegment(files: Files, path: string, from = 0, keys?: SegmentKeys): Scan {
  const fd = files.openToRead(path);
  try {
    const file = new SegmentFile(files, fd);
    const head = readHead(file);
    const scan: Scan = { records: [], damage: [], validEnd: 0, fileLength: file.length };
    if (head) {
      scan.validEnd = Math.max(from, head.length);
      collect(
        scan,
        file,
        (start) => findRecord(file, path, head, start),
        () => findKey(path, head.sealed, keys),
      );
    } else if (file.length > headLimit) reportWhole(scan, path);
    return scan;
  } finally {
    files.close(fd);
  }
}

/** Reads the record at `start` again, its checksum included; undefined where it is not, or no longer, whole. */
export function readRecordAt(
  files: Files,
  path: string,
  start: number,
  keys?: SegmentKeys,
): StoredRecord | undefined {
  const fd = files.openToRead(path);
  try {
    const file = new SegmentFile(files, fd);
    const head = readHead(file);
    const found = head && findRecord(file, path, head, start);
    if (!found || !('content' in found)) return undefined;
    const record = openRecord(file, found, () => findKey(path, head.sealed, keys));
    return 'meta' in record ? record : undefined;
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

/** The key with which to read a segment; undefined for one that is not sealed. Throws KEY_MISSING or KEY_UNUSABLE. */
export function keyOf(files: Files, path: string, keys?: SegmentKeys): Buffer | undefined {
  const fd = files.openToRead(path);
  try {
    const magic = Buffer.alloc(sealedSegmentMagic.length);
    files.read(fd, magic, 0);
    return findKey(path, magic.equals(sealedSegmentMagic), keys);
  } finally {
    files.close(fd);
  }
}

/** The first `limit` bytes of an object as received. Throws as readData and keyOf do. */
export function readExtent(
  files: Files,
  extent: Pick<Extent, 'path' | 'offset' | 'length'>,
  keys?: SegmentKeys,
  limit?: number,
): Buffer {
  return readData(files, { ...extent, key: keyOf(files, extent.path, keys) }, limit);
}
