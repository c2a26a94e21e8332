import { createHash } from 'node:crypto';
import type { InstanceResult } from '../../models/outcome.ts';

/** Results kept at most. */
const capacity = 1024;

/**
 * What a bundle has said of the same input, so that an image that is sent again under another UID is not run again. The
 * least recently used goes first.
 */
export class ResultCache {
  readonly #results = new Map<string, InstanceResult>();

  /** Names what goes into the networks of one bundle: of the image nothing else can make a difference to the answer. */
  static key(input: Float32Array, bundle: string): string {
    const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
    return `${bundle}/${createHash('sha256').update(bytes).digest('hex')}`;
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
    this.#results.delete(key);
    this.#results.set(key, result);
  }

  /** A failure of the model is not kept: it may not happen again. */
  store(key: string, result: InstanceResult): void {
    if (result.state === 'not-analysed' && result.reason === 'model-fault') return;
    this.#keep(key, result);
    const [oldest] = this.#results.keys();
    if (this.#results.size > capacity && oldest !== undefined) this.#results.delete(oldest);
  }
}
