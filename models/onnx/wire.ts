/** The bytes are no protocol buffer message, or not one that may be read here. */
export class ProtobufError extends Error {}

/** How a value is laid out: varint, eight bytes, length-delimited, four bytes. Groups (3, 4) are obsolete. */
export type WireType = 0 | 1 | 2 | 5;

/** The two halves of a number of 64 bits, both unsigned. */
export interface Word {
  low: number;
  high: number;
}

const longestVarint = 10;
const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads the values of one message one after the other. Throws ProtobufError and never reads past the end. */
export class WireReader {
  #bytes: Uint8Array;
  #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  #skip(length: number): number {
    const start = this.#at;
    if (length > this.#bytes.length - start) throw new ProtobufError('a field is cut short');
    this.#at = start + length;
    return start;
  }

  varint(): Word {
    let [low, high] = [0, 0];
    for (let shift = 0; shift < 7 * longestVarint; shift += 7) {
      const byte = this.#bytes[this.#skip(1)]!;
      const bits = byte & 0x7f;
      if (shift < 32) low |= bits << shift;
      if (shift > 28) high |= bits << (shift - 32);
      // Four bits of the fifth byte belong below, three above.
      if (shift === 28) high |= bits >> 4;
      if (byte < 0x80) return { low: low >>> 0, high: high >>> 0 };
    }
    throw new ProtobufError('a number is too long');
  }

  /** A field's number and wire type. */
  tag(): { number: number; wireType: WireType } {
    const { low, high } = this.varint();
    const [number, wireType] = [low >>> 3, low & 7];
    if (high !== 0 || number === 0) throw new ProtobufError('a field has no number');
    if (wireType !== 0 && wireType !== 1 && wireType !== 2 && wireType !== 5)
      throw new ProtobufError(`wire type ${wireType}`);
    return { number, wireType };
  }

  /** A view of the next length-delimited value; nothing is copied. */
  bytes(): Uint8Array {
    const { low, high } = this.varint();
    const start = this.#skip(high === 0 ? low : Infinity);
    return this.#bytes.subarray(start, this.#at);
  }

  string(): string {
    try {
      return text.decode(this.bytes());
    } catch (cause) {
      if (cause instanceof ProtobufError) throw cause;
      throw new ProtobufError('a text is not UTF-8', { cause });
    }
  }

  float(): number {
    return this.#view.getFloat32(this.#skip(4), true);
  }

  double(): number {
    return this.#view.getFloat64(this.#skip(8), true);
  }
}

/** Collects the bytes of one message. Byte arrays that are handed in are kept, not copied, until `finish`. */
export class WireWriter {
  #parts: Uint8Array[] = [];
  #length = 0;

  #push(part: Uint8Array): void {
    this.#parts.push(part);
    this.#length += part.length;
  }

  varint(value: bigint): void {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, value);
    for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    this.#push(Uint8Array.of(...bytes, Number(rest)));
  }

  tag(number: number, wireType: WireType): void {
    this.varint(BigInt(number * 8 + wireType));
  }

  bytes(value: Uint8Array): void {
    this.varint(BigInt(value.length));
    this.#push(value);
  }

  string(value: string): void {
    this.bytes(new TextEncoder().encode(value));
  }

  float(value: number): void {
    this.#push(new Uint8Array(Float32Array.of(value).buffer));
  }

  double(value: number): void {
    this.#push(new Uint8Array(Float64Array.of(value).buffer));
  }

  /** Another writer's content as one length-delimited value. */
  nested(inner: WireWriter): void {
    this.varint(BigInt(inner.#length));
    for (const part of inner.#parts) this.#push(part);
  }

  finish(): Uint8Array {
    const all = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}
