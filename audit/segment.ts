import { crc32 } from 'node:zlib';
import { hashLength } from './chain.ts';
import { idLength } from './checkpoint.ts';
import { envelopeLength } from './envelope.ts';

/**
 * A segment is a file that is only appended to: frames, of which the first holds the header and every other a record.
 *
 *     length u32 | CRC-32 of the body u32 | body (length)
 *
 * Segments put one behind the other are an export; a header tells where the next one begins.
 */
export const frameHeadLength = 8;

/** No body is longer: a wrong length must not make a reader take memory. */
export const longestBody = 64 * 1024;

export interface SegmentHeader {
  /** Names the log; no two devices, and no two lives of a device, have the same. */
  logId: Buffer;
  /** From 1, without a gap. */
  number: number;
  /** Sequence of the first record. */
  firstSequence: number;
  /** Hash of the last record before, or of the header of a segment that got none. */
  previous: Buffer;
  boot: number;
  /** The segment's two keys, readable by the hospital alone. */
  envelope: Buffer;
}

const headerCode = 0;
const version = 1;
const headerLength = 2 + idLength + 4 + 8 + 4 + hashLength + envelopeLength;

/** Bytes of the frame that begins every segment. */
export const headerFrameLength = frameHeadLength + headerLength;

export function frameOf(body: Buffer): Buffer {
  const head = Buffer.alloc(frameHeadLength);
  head.writeUInt32BE(body.length);
  head.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([head, body]);
}

/** The body of the frame that begins at `at`; undefined where there is no whole and unchanged frame. */
export function bodyAt(bytes: Buffer, at: number): Buffer | undefined {
  if (at + frameHeadLength > bytes.length) return undefined;
  const start = at + frameHeadLength;
  const length = bytes.readUInt32BE(at);
  if (length > longestBody || start + length > bytes.length) return undefined;
  const body = bytes.subarray(start, start + length);
  return crc32(body) === bytes.readUInt32BE(at + 4) ? body : undefined;
}

export function encodeHeader(header: SegmentHeader): Buffer {
  const numbers = Buffer.alloc(16);
  numbers.writeUInt32BE(header.number);
  numbers.writeBigUInt64BE(BigInt(header.firstSequence), 4);
  numbers.writeUInt32BE(header.boot, 12);
  const { logId, previous, envelope } = header;
  return Buffer.concat([Buffer.from([headerCode, version]), logId, numbers, previous, envelope]);
}

/** The header in a body; undefined where it is none. */
export function decodeHeader(body: Buffer): SegmentHeader | undefined {
  if (body.length !== headerLength || body[0] !== headerCode || body[1] !== version)
    return undefined;
  const numbersAt = 2 + idLength;
  const previousAt = numbersAt + 16;
  return {
    logId: body.subarray(2, numbersAt),
    number: body.readUInt32BE(numbersAt),
    firstSequence: Number(body.readBigUInt64BE(numbersAt + 4)),
    boot: body.readUInt32BE(numbersAt + 12),
    previous: body.subarray(previousAt, previousAt + hashLength),
    envelope: body.subarray(previousAt + hashLength),
  };
}

const namePattern = /^segment-(\d{8})\.audit$/;

export function segmentName(number: number): string {
  return `segment-${String(number).padStart(8, '0')}.audit`;
}

/** The segment's key, wrapped to the device: what is sent onwards is read with it. */
export function segmentKeyName(number: number): string {
  return `segment-${String(number).padStart(8, '0')}.key`;
}

/** What a segment's key is wrapped for. */
export function segmentKeyPurpose(number: number): string {
  return `audit segment ${number}`;
}

/** The number in a segment's file name; undefined for every other name. */
export function segmentNumber(name: string): number | undefined {
  const digits = namePattern.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
