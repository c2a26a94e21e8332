import { createHash } from 'node:crypto';
import type { SizedGrid } from '../../models/geometry.ts';
import type { InstanceResult } from '../../models/outcome.ts';
import { runsIn } from './mask.ts';

/** Results kept at most. */
const capacity = 1024;
/** Runs of masks kept at most: they alone can make a result large. */
const runCapacity = 4_000_000;

/**
 * What a bundle has said of the same input, so that an image that is sent again under another UID is not run again. The
 * least recently used goes first.
 */
export class ResultCache {
  readonly #results = new Map<string, InstanceResult>();
  #runs = 0;

  /**
   * Names what goes into the networks of one bundle: of the image nothing else can make a difference to the answer, but
   * for the grid that a mask is laid back onto.
   */
  static key(input: Float32Array, bundle: string, { rows, columns, spacing }: SizedGrid): string {
    const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
    const grid = [rows, columns, spacing?.rows, spacing?.columns].join('x');
    return `${bundle}/${grid}/${createHash('sha256').update(bytes).digest('hex')}`;
  }

  get size(): number {
    return this.#results.size;
  }

  find(key: string): InstanceResult | undefined {
    const result = this.#results.get(key);
    if (result) this.#keep(key, result);
    return result;
  }

  #keep(key: string, result: InstanceResult): void {
    this.#forget(key);
    this.#results.set(key, result);
    this.#runs += runsIn(result);
  }

  #forget(key: string): void {
    const result = this.#results.get(key);
    if (result) this.#runs -= runsIn(result);
    this.#results.delete(key);
  }

  #isFull(): boolean {
    return this.#results.size > capacity || this.#runs > runCapacity;
  }

  /** A failure of the model is not kept: it may not happen again. */
  store(key: string, result: InstanceResult): void {
    if (result.state === 'not-analysed' && result.reason === 'model-fault') return;
    this.#keep(key, result);
    for (const oldest of this.#results.keys()) {
      if (!this.#isFull()) return;
      this.#forget(oldest);
    }
  }
}
