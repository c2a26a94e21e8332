import { ScansideError } from '../../device/errors.ts';

/** The blocks of the Minimal Lower Layer Protocol: <VT> message <FS><CR> (HL7 v2 Transport, MLLP Release 1). */
const start = 0x0b;
const end = 0x1c;
const carriageReturn = 0x0d;
const lineFeed = 0x0a;

/** What a peer sends is not MLLP, or longer than allowed. */
export class BrokenFrame extends Error {}

/** A message as one block. A message that holds a mark of a block would end it before its time: throws INTERNAL. */
export function frameMessage(message: Uint8Array): Uint8Array {
  if (message.includes(start) || message.includes(end))
    throw new ScansideError('INTERNAL', 'an HL7 message with a mark of MLLP in it');
  return Uint8Array.from([start, ...message, end, carriageReturn]);
}

/** Takes bytes in pieces of any size and gives the messages of the blocks that are complete. */
export class FrameReader {
  readonly #limit: number;
  #message: number[] = [];
  #state: 'between' | 'inside' | 'ending' = 'between';

  /** `limit`: the longest message taken, bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Throws BrokenFrame; nothing more can be read then. Line ends between blocks are let pass. */
  read(bytes: Uint8Array): Uint8Array[] {
    return [...bytes].flatMap((byte) => this.#take(byte) ?? []);
  }

  #take(byte: number): Uint8Array | undefined {
    if (this.#state === 'ending') return this.#finish(byte);
    if (this.#state === 'between') this.#begin(byte);
    else if (byte === end) this.#state = 'ending';
    else this.#append(byte);
    return undefined;
  }

  #begin(byte: number): void {
    if (byte === carriageReturn || byte === lineFeed) return;
    if (byte !== start) throw new BrokenFrame(`byte ${hexadecimal(byte)} where a block begins`);
    this.#state = 'inside';
    this.#message = [];
  }

  #append(byte: number): void {
    if (byte === start) throw new BrokenFrame('a block inside a block');
    if (this.#message.length === this.#limit)
      throw new BrokenFrame(`a message longer than ${this.#limit} bytes`);
    this.#message.push(byte);
  }

  #finish(byte: number): Uint8Array {
    if (byte !== carriageReturn)
      throw new BrokenFrame(`byte ${hexadecimal(byte)} where a block ends`);
    this.#state = 'between';
    return Uint8Array.from(this.#message);
  }
}

function hexadecimal(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}
