import { crc32 } from 'node:zlib';

/**
 * The layout of a segment file: one head, then records, each
 *
 *     "SREC" | meta length u32 | meta (JSON, UTF-8) | data: bytes as received | trailer
 *     trailer: end mark (16) | data length u64 | CRC-32 of meta and data u32 | CRC-32 of the 28 bytes before u32
 *
 * Integers are little-endian. The end mark is random per segment and stands in the head: a sender cannot know it, so
 * no data set can contain something that looks like the end of its own record. A record counts only with its trailer.
 * In a sealed segment meta and data are encrypted (device/sealing.ts), and the lengths and checksums are those of the
 * encrypted bytes: which records are whole can be told without a key.
 */
export const endMarkLength = 16;
export const trailerLength = endMarkLength + 16;
export const recordMagic = Buffer.from('SREC');
export const segmentMagic = Buffer.from('SSG1');
export const sealedSegmentMagic = Buffer.from('SSX1');

/** Longest meta that is ever written or believed, in bytes. */
const metaLimit = 256 * 1024;

export function encodeMeta(meta: Record<string, unknown>): Buffer {
  return Buffer.from(JSON.stringify(meta));
}

/** Meta of a record or head of a segment, framed: magic, length, content. */
export function encodeFrame(magic: Buffer, content: Buffer): Buffer {
  if (content.length > metaLimit) throw new RangeError(`meta of ${content.length} bytes`);
  const frame = Buffer.allocUnsafe(8 + content.length);
  magic.copy(frame);
  frame.writeUInt32LE(content.length, 4);
  content.copy(frame, 8);
  return frame;
}

/** The frame at the start of `bytes`; undefined when it is cut off or is none. `length` is the frame's own. */
export function decodeFrame(
  magic: Buffer,
  bytes: Buffer,
): { content: Buffer; length: number } | undefined {
  if (bytes.length < 8 || !bytes.subarray(0, 4).equals(magic)) return undefined;
  const end = 8 + bytes.readUInt32LE(4);
  if (end > 8 + metaLimit || end > bytes.length) return undefined;
  return { content: bytes.subarray(8, end), length: end };
}

/** Bytes to read so that `decodeFrame` can see any frame whole. */
export const frameLimit = 8 + metaLimit;

/** Undefined for what is no meta. */
export function decodeMeta(content: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(content.toString());
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
