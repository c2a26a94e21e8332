import { unreadable } from './unreadable-image.ts';

/** A Huffman table ready to decode (ITU-T T.81 annex C and F.2.2.3). */
export interface HuffmanTable {
  /** By the next 8 bits: length << 8 | value of a code that short, or 0. */
  readonly short: Uint16Array;
  /** By code length: the largest code of it, or -1 where there is none. */
  readonly largest: Int32Array;
  /** By code length: what to add to a code for its place in `values`. */
  readonly offset: Int32Array;
  readonly values: Uint8Array;
}

const longest = 16;

/** Makes a table from its 16 counts and its values. Throws DATA_SET_UNREADABLE where they make no prefix code. */
export function makeHuffmanTable(counts: Uint8Array, values: Uint8Array): HuffmanTable {
  const short = new Uint16Array(256);
  const largest = new Int32Array(longest + 1).fill(-1);
  const offset = new Int32Array(longest + 1);
  let [code, at] = [0, 0];
  for (let length = 1; length <= longest; length++) {
    const count = counts[length - 1]!;
    offset[length] = at - code;
    if (code + count > 1 << length) throw unreadable('a JPEG Huffman table is no prefix code');
    for (let k = 0; k < count; k++, code++, at++)
      if (length <= 8)
        short.fill((length << 8) | values[at]!, code << (8 - length), (code + 1) << (8 - length));
    if (count > 0) largest[length] = code - 1;
    code <<= 1;
  }
  return { short, largest, offset, values };
}

/** Reads entropy-coded bits up to the next marker (ITU-T T.81 F.2.2.5). Reading past it throws: nothing is made up. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at: number;
  #held = 0;
  #count = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** Where the marker stands that ends these bits. Whole bytes not read, as fill bits, are skipped. */
  findMarker(): number {
    let at = this.#at;
    while (at < this.#bytes.length) {
      if (
        this.#bytes[at] === 0xff &&
        (this.#bytes[at + 1] ?? 0) !== 0 &&
        this.#bytes[at + 1] !== 0xff
      )
        return at;
      at++;
    }
    return at;
  }

  /** Takes a restart marker, which is due here, and starts anew after it. */
  restart(): void {
    const at = this.findMarker();
    const marker = this.#bytes[at + 1] ?? 0;
    if (marker < 0xd0 || marker > 0xd7) throw unreadable('a JPEG restart marker is missing');
    this.#at = at + 2;
    this.#held = 0;
    this.#count = 0;
  }

  /** Holds at least `count` bits where the stream has them; zeros after its end do not count. */
  #fill(count: number): void {
    while (this.#count < count && this.#at < this.#bytes.length) {
      const byte = this.#bytes[this.#at]!;
      if (byte === 0xff) {
        if (this.#bytes[this.#at + 1] !== 0) return;
        this.#at++;
      }
      this.#at++;
      this.#held = (this.#held << 8) | byte;
      this.#count += 8;
    }
  }

  /** The next 1 to 16 bits as an unsigned number. */
  bits(count: number): number {
    if (this.#count < count) this.#fill(count);
    if (this.#count < count) throw unreadable('the JPEG codestream ends before the image does');
    this.#count -= count;
    return (this.#held >>> this.#count) & ((1 << count) - 1);
  }

  /** `count` bits as the difference or coefficient that they stand for (ITU-T T.81 F.2.2.1, EXTEND). */
  extended(count: number): number {
    if (count === 0) return 0;
    const value = this.bits(count);
    return value < 1 << (count - 1) ? value - (1 << count) + 1 : value;
  }

  /** The next value of a Huffman table. */
  symbol(table: HuffmanTable): number {
    if (this.#count < 8) this.#fill(8);
    const shift = this.#count - 8;
    const next = (shift >= 0 ? this.#held >>> shift : this.#held << -shift) & 0xff;
    const found = table.short[next]!;
    if (found === 0 || found >>> 8 > this.#count) return this.#longSymbol(table);
    this.#count -= found >>> 8;
    return found & 0xff;
  }

  #longSymbol(table: HuffmanTable): number {
    let code = 0;
    for (let length = 1; length <= longest; length++) {
      code = (code << 1) | this.bits(1);
      if (code <= table.largest[length]!) return table.values[code + table.offset[length]!]!;
    }
    throw unreadable('the JPEG codestream has a code that no table names');
  }
}
