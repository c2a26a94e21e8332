/** One field of a protocol buffer message: its number, and its bytes where it is length-delimited. */
export interface ProtobufField {
  number: number;
  /** Text, bytes, an embedded message or packed numbers; undefined for a number by itself. */
  bytes: Uint8Array | undefined;
  /** A varint's value; 0 for everything else. Exact up to 2^53. */
  varint: number;
}

/** The bytes are no protocol buffer message. */
export class ProtobufError extends Error {}

const longestVarint = 10;

function readVarint(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0;
  for (let at = start; at < start + longestVarint; at++) {
    const byte = bytes[at];
    if (byte === undefined) throw new ProtobufError('a number is cut short');
    value += (byte & 0x7f) * 2 ** (7 * (at - start));
    if (byte < 0x80) return { value, end: at + 1 };
  }
  throw new ProtobufError('a number is too long');
}

/** Bytes of a value without a length of its own, by wire type. */
const fixedSizes: Record<number, number> = { 1: 8, 5: 4 };

function skip(bytes: Uint8Array, from: number, length: number): number {
  if (length > bytes.length - from) throw new ProtobufError('a field is cut short');
  return from + length;
}

/** Walks over the fields of one message, without entering embedded ones. Throws ProtobufError. */
export function* readFields(bytes: Uint8Array): Generator<ProtobufField> {
  for (let at = 0; at < bytes.length;) {
    const key = readVarint(bytes, at);
    const [number, wireType] = [Math.floor(key.value / 8), key.value % 8];
    const size = fixedSizes[wireType];
    if (size !== undefined) {
      at = skip(bytes, key.end, size);
      yield { number, bytes: undefined, varint: 0 };
      continue;
    }
    if (wireType !== 0 && wireType !== 2) throw new ProtobufError(`wire type ${wireType}`);
    const { value, end } = readVarint(bytes, key.end);
    at = wireType === 0 ? end : skip(bytes, end, value);
    yield wireType === 0
      ? { number, bytes: undefined, varint: value }
      : { number, bytes: bytes.subarray(end, at), varint: 0 };
  }
}
