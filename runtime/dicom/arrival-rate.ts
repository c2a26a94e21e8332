import type { Cancel, Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';

export interface RateLimit {
  /** What a peer must deliver at least in each window in which we wait for the rest of a message. */
  bytes: number;
  windowMs: number;
}

/**
 * Watches a peer that is to deliver the rest of a message. Only windows count in which we waited for it from the first
 * moment to the last: neither its pauses between messages nor our own work make a peer slow.
 */
export class ArrivalRate {
  readonly #clock: Clock;
  readonly #limit: RateLimit;
  readonly #isWaiting: () => boolean;
  readonly #tooSlow: (error: ScansideError) => void;
  #cancel: Cancel | undefined;
  #bytes = 0;
  #counts = false;

  constructor(
    clock: Clock,
    limit: RateLimit,
    isWaiting: () => boolean,
    tooSlow: (error: ScansideError) => void,
  ) {
    this.#clock = clock;
    this.#limit = limit;
    this.#isWaiting = isWaiting;
    this.#tooSlow = tooSlow;
    this.#begin();
  }

  received(bytes: number): void {
    this.#bytes += bytes;
  }

  /** The wait was interrupted, by the end of a message or by work of ours. */
  interrupted(): void {
    this.#counts = false;
  }

  stop(): void {
    this.#cancel?.();
  }

  #begin(): void {
    this.#bytes = 0;
    this.#counts = this.#isWaiting();
    this.#cancel = this.#clock.after(this.#limit.windowMs, () => this.#judge());
  }

  #judge(): void {
    const { bytes, windowMs } = this.#limit;
    if (!this.#counts || this.#bytes >= bytes) return this.#begin();
    const detail = `${this.#bytes} bytes of a message in ${windowMs} ms, below ${bytes}`;
    this.#tooSlow(new ScansideError('PEER_TIMEOUT', detail));
  }
}
