import { crc32 } from 'node:zlib';

/**
 * The layout of a segment file: one head, then records, each
 *
 *     "SREC" | meta length u32 | meta (JSON, UTF-8) | bytes as received | trailer
 *     trailer: end mark (16) | data length u64 | CRC-32 of meta and data u32 | CRC-32 of the 28 bytes before u32
 *
 * Integers are little-endian. The end mark is random per segment and stands in the head: a sender cannot know it, so
 * no data set can contain something that looks like the end of its own record. A record counts only with its trailer.
 */
export const endMarkLength = 16;
export const trailerLength = endMarkLength + 16;
export const recordMagic = Buffer.from('SREC');
export const segmentMagic = Buffer.from('SSG1');

/** Longest meta that is ever written or believed, in bytes. */
const metaLimit = 256 * 1024;

/** Meta of a record or head of a segment, framed: magic, length, JSON. */
export function encodeFramed(magic: Buffer, meta: unknown): Buffer {
  const json = Buffer.from(JSON.stringify(meta));
  if (json.length > metaLimit) throw new RangeError(`meta of ${json.length} bytes`);
  const frame = Buffer.allocUnsafe(8 + json.length);
  magic.copy(frame);
  frame.writeUInt32LE(json.length, 4);
  json.copy(frame, 8);
  return frame;
}

/** The frame at the start of `bytes`; undefined when it is cut off or is none. `length` is the frame's own. */
export function decodeFramed(
  magic: Buffer,
  bytes: Buffer,
): { meta: Record<string, unknown>; length: number } | undefined {
  if (bytes.length < 8 || !bytes.subarray(0, 4).equals(magic)) return undefined;
  const end = 8 + bytes.readUInt32LE(4);
  if (end > 8 + metaLimit || end > bytes.length) return undefined;
  const meta = parseObject(bytes.toString('utf8', 8, end));
  return meta && { meta, length: end };
}

/** Bytes to read so that `decodeFramed` can see any frame whole. */
export const frameLimit = 8 + metaLimit;

function parseObject(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

export interface Trailer {
  dataLength: number;
  /** CRC-32 of the meta frame and the data. */
  checksum: number;
}

export function encodeTrailer(endMark: Buffer, { dataLength, checksum }: Trailer): Buffer {
  const bytes = Buffer.allocUnsafe(trailerLength);
  endMark.copy(bytes);
  bytes.writeBigUInt64LE(BigInt(dataLength), endMarkLength);
  bytes.writeUInt32LE(checksum, endMarkLength + 8);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, endMarkLength + 12)), endMarkLength + 12);
  return bytes;
}

/** The trailer at the start of `bytes`; undefined when it is cut off or damaged. */
export function decodeTrailer(endMark: Buffer, bytes: Buffer): Trailer | undefined {
  if (bytes.length < trailerLength || !bytes.subarray(0, endMarkLength).equals(endMark))
    return undefined;
  if (crc32(bytes.subarray(0, endMarkLength + 12)) !== bytes.readUInt32LE(endMarkLength + 12))
    return undefined;
  return {
    dataLength: Number(bytes.readBigUInt64LE(endMarkLength)),
    checksum: bytes.readUInt32LE(endMarkLength + 8),
  };
}
