const firstLength = 256;

/**
 * Puts together bytes that arrive in pieces. Its memory is at most twice what it holds however small the pieces are:
 * a peer chooses their size, and a Buffer for every byte would cost a hundred times as much.
 */
export class ByteCollector {
  #buffer = Buffer.alloc(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What has been collected: a view, good until the next `append`. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Copies `buffer[start, end)` behind what is there. */
  append(buffer: Uint8Array, start: number, end: number): void {
    const length = this.#length + end - start;
    if (length > this.#buffer.length) this.#grow(length);
    this.#buffer.set(buffer.subarray(start, end), this.#length);
    this.#length = length;
  }

  /** What has been collected, for the caller to keep; collecting starts anew. */
  take(): Buffer {
    const { bytes } = this;
    this.#buffer = Buffer.alloc(0);
    this.#length = 0;
    return bytes;
  }

  #grow(length: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#buffer.length, firstLength));
    grown.set(this.bytes);
    this.#buffer = grown;
  }
}
