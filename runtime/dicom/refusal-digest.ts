import type { Clock } from '../../device/clock.ts';

/** A peer that got no association, as it is logged. */
export interface Refusal {
  peerAddress: string;
  callingAeTitle: string;
  reason: string;
  cause: string;
}

/** Kinds that are told apart at once; past them only the reason is. */
const mostKinds = 256;

/**
 * Tells of a refusal at once and, while the same goes on, once a window with how many there were, so that a peer that
 * knocks a thousand times a second fills no log.
 */
export class RefusalDigest {
  readonly #clock: Clock;
  readonly #windowMs: number;
  readonly #tell: (refusal: Refusal, times: number) => void;
  /** How often each kind has come since it was told. */
  readonly #untold = new Map<string, number>();

  constructor(clock: Clock, windowMs: number, tell: (refusal: Refusal, times: number) => void) {
    this.#clock = clock;
    this.#windowMs = windowMs;
    this.#tell = tell;
  }

  add(refusal: Refusal): void {
    const key = keyOf(refusal);
    const untold = this.#untold.get(key);
    if (untold !== undefined) this.#untold.set(key, untold + 1);
    else if (this.#untold.size < mostKinds || isSummary(refusal)) this.#begin(key, refusal, 1);
    else this.add(summarize(refusal));
  }

  #begin(key: string, refusal: Refusal, times: number): void {
    this.#untold.set(key, 0);
    this.#tell(refusal, times);
    this.#clock.after(this.#windowMs, () => this.#end(key, refusal));
  }

  #end(key: string, refusal: Refusal): void {
    const times = this.#untold.get(key) ?? 0;
    this.#untold.delete(key);
    if (times > 0) this.#begin(key, refusal, times);
  }
}

const manyPeers = 'many peers at once';

function summarize({ reason }: Refusal): Refusal {
  return { peerAddress: '', callingAeTitle: '', reason, cause: manyPeers };
}

function isSummary({ cause }: Refusal): boolean {
  return cause === manyPeers;
}

function keyOf({ peerAddress, callingAeTitle, reason, cause }: Refusal): string {
  return JSON.stringify([peerAddress, callingAeTitle, reason, cause]);
}
