/** How often something may happen: `burst` at once, and then `perSecond`. */
export interface Rate {
  burst: number;
  perSecond: number;
}

/** What is left of a rate, as of `at` (monotonic milliseconds). */
export interface Bucket {
  tokens: number;
  at: number;
}

/** Takes one of `rate`. `bucket` is undefined for whoever has taken none yet. */
export function take(
  rate: Rate,
  bucket: Bucket | undefined,
  now: number,
): { bucket: Bucket; allowed: boolean } {
  const tokens = tokensAt(rate, bucket, now);
  const allowed = tokens >= 1;
  return { bucket: { tokens: allowed ? tokens - 1 : tokens, at: now }, allowed };
}

/** Whether a bucket is as good as a new one, so that nothing has to be remembered of it. */
export function isFull(rate: Rate, bucket: Bucket, now: number): boolean {
  return tokensAt(rate, bucket, now) >= rate.burst;
}

function tokensAt(rate: Rate, bucket: Bucket | undefined, now: number): number {
  if (!bucket) return rate.burst;
  const refilled = bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * rate.perSecond;
  return Math.min(rate.burst, refilled);
}

/** How many addresses are told apart; the ones past it share one bucket. */
const mostNames = 4096;

/** The buckets of many names, such as addresses. */
export class RateLimit {
  readonly #rate: Rate;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** Whether `name` may once more, at `now` (monotonic milliseconds). */
  allows(name: string, now: number): boolean {
    if (this.#buckets.size >= mostNames) this.#forget(now);
    const key = this.#buckets.has(name) || this.#buckets.size < mostNames ? name : '';
    const { bucket, allowed } = take(this.#rate, this.#buckets.get(key), now);
    this.#buckets.set(key, bucket);
    return allowed;
  }

  #forget(now: number): void {
    for (const [name, bucket] of this.#buckets)
      if (isFull(this.#rate, bucket, now)) this.#buckets.delete(name);
  }
}
