export interface RateBoundOptions {
  /** Bytes a second of one device. */
  bytesPerSecond: number;
  /** Milliseconds that nobody waits longer than: what would is refused. */
  longestWaitMs: number;
}

/** What the smallest request costs, in bytes: asking for single bytes is no way around the bound. */
const leastCost = 16 * 1024;
/** Devices that are remembered before those that wait for nothing are forgotten. */
const manyDevices = 1000;

/** Gives every device its turn, so that one that fetches a model takes no more of the broker than its share. */
export class RateBound {
  readonly #options: RateBoundOptions;
  /** By device: monotonic milliseconds at which what it has asked for so far is paid. */
  readonly #paidAt = new Map<string, number>();

  constructor(options: RateBoundOptions) {
    this.#options = options;
  }

  /** Milliseconds after which a device may have so many bytes; undefined where that would be too long. */
  delay(device: string, bytes: number, now: number): number | undefined {
    const { bytesPerSecond, longestWaitMs } = this.#options;
    const begin = Math.max(now, this.#paidAt.get(device) ?? 0);
    if (begin - now > longestWaitMs) return undefined;
    if (this.#paidAt.size >= manyDevices) this.#forget(now);
    this.#paidAt.set(device, begin + (1000 * Math.max(bytes, leastCost)) / bytesPerSecond);
    return begin - now;
  }

  #forget(now: number): void {
    for (const [device, paidAt] of this.#paidAt) if (paidAt <= now) this.#paidAt.delete(device);
  }
}
