import koffi from 'koffi';

/**
 * Memory outside the heap of JavaScript: zeroed, at an address that stays, until it is freed. Whatever a native call
 * may touch after it returned, or while it runs on another thread, lies in such memory; no view of it leaves here.
 */
export class NativeMemory {
  readonly address: bigint;
  /** At least what was asked for: whole pointers. */
  readonly bytes: number;
  #view: ArrayBuffer | undefined;

  constructor(bytes: number) {
    this.bytes = Math.max(Math.ceil(bytes / 8) * 8, 8);
    this.address = koffi.address(koffi.alloc('uint8_t', this.bytes));
    this.#view = koffi.view(this.address, this.bytes);
  }

  /** Copies bytes in, at `offset`. Throws a RangeError for what does not fit. */
  write(values: ArrayBufferView, offset = 0): void {
    const { buffer, byteOffset, byteLength } = values;
    new Uint8Array(this.#opened()).set(new Uint8Array(buffer, byteOffset, byteLength), offset);
  }

  /** The pointer in the cell `at`, counted in pointers; 0n for none. */
  pointer(at: number): bigint {
    return new BigUint64Array(this.#opened())[at]!;
  }

  setPointer(at: number, pointer: bigint): void {
    new BigUint64Array(this.#opened())[at] = pointer;
  }

  /** Harmless when called again; everything else throws afterwards. */
  free(): void {
    if (!this.#view) return;
    this.#view = undefined;
    koffi.free(this.address);
  }

  #opened(): ArrayBuffer {
    if (!this.#view) throw new Error('native memory is used after it was freed');
    return this.#view;
  }
}

/** A copy of `count` float32 values that a native pointer shows to. */
export function copyFloats(address: bigint, count: number): Float32Array {
  // A slice of nothing: a view of no bytes is not asked for.
  return count === 0
    ? new Float32Array()
    : new Float32Array(koffi.view(address, count * 4)).slice();
}

/** Texts for C: an array of pointers to them, which are valid until it is freed. */
export type NativeTexts = Pick<NativeMemory, 'address' | 'pointer' | 'free'>;

export function makeTexts(texts: readonly string[]): NativeTexts {
  const encoded = texts.map((text) => Buffer.from(`${text}\0`, 'utf8'));
  const first = texts.length * 8;
  const memory = new NativeMemory(encoded.reduce((sum, { length }) => sum + length, first));
  let offset = first;
  for (const [at, text] of encoded.entries()) {
    memory.setPointer(at, memory.address + BigInt(offset));
    memory.write(text, offset);
    offset += text.length;
  }
  return memory;
}
