import { createHash } from 'node:crypto';
import type { InstanceResult } from '../../models/outcome.ts';
import type { StoredImage } from '../../models/preprocess.ts';

/** Results kept at most. */
const capacity = 1024;

/** SHA-256 over the stored values and everything that says what they mean and where they lie. */
function hashPixels({ values, ...meaning }: StoredImage): string {
  return createHash('sha256')
    .update(JSON.stringify(meaning))
    .update(Buffer.from(values.buffer, values.byteOffset, values.byteLength))
    .digest('hex');
}

/**
 * What was said of the same pixels by the same bundle after the same preprocessing, so that an image that is sent again
 * under another UID costs nothing. The least recently used goes first.
 */
export class ResultCache {
  readonly #results = new Map<string, InstanceResult>();

  /** Names an image for one bundle; `bundle` covers weights, rules and preprocessing, `code` the preprocessing's code. */
  static key(images: readonly StoredImage[], bundle: string, code: number): string {
    return [bundle, code, ...images.map(hashPixels)].join('/');
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
