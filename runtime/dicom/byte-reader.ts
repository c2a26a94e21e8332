import { MalformedPdu } from './malformed.ts';
import { trimPaddingEnd } from './padding.ts';

/** Reads big-endian fields of a PDU in order. Whatever would reach past the end is a MalformedPdu. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  uint8(): number {
    return this.#bytes.readUInt8(this.#advance(1));
  }

  uint16(): number {
    return this.#bytes.readUInt16BE(this.#advance(2));
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#advance(4));
  }

  skip(count: number): void {
    this.#advance(count);
  }

  /** A view of the next `count` bytes, no copy. */
  bytes(count: number): Buffer {
    const start = this.#advance(count);
    return this.#bytes.subarray(start, start + count);
  }

  /** Text without the trailing NUL and space that peers pad with. */
  text(count: number): string {
    return trimPaddingEnd(this.bytes(count).toString('latin1'));
  }

  rest(): Buffer {
    return this.bytes(this.left);
  }

  /** Calls `visit` with the type and content of every item that fills the rest (PS3.8 9.3.2). */
  items(visit: (type: number, content: ByteReader) => void): void {
    while (this.left > 0) {
      const type = this.uint8();
      this.skip(1);
      visit(type, new ByteReader(this.bytes(this.uint16())));
    }
  }

  #advance(count: number): number {
    if (count > this.left)
      throw new MalformedPdu('invalidParameterValue', 'a length reaches past its PDU');
    const start = this.#at;
    this.#at += count;
    return start;
  }
}

/** An item as PDUs carry it: type, reserved byte, length, content. */
export function item(type: number, ...content: Buffer[]): Buffer {
  const length = content.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Buffer.from([type, 0]), uint16(length), ...content]);
}

export function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function text(value: string): Buffer {
  return Buffer.from(value, 'latin1');
}
