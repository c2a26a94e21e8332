import type { Clock } from '../../device/clock.ts';
import { type ErrorCode, ScansideError } from '../../device/errors.ts';

/** How the repository is asked now. */
export type Standing =
  | { way: 'https'; failingSince?: number | undefined }
  /** `until`: when HTTPS is tried again, monotonic milliseconds. */
  | { way: 'broker'; until: number };

/** Of HTTPS: it answered, or the host was not reached. Of the broker: it gave nothing. */
type WayEvent = 'answered' | 'unreachable' | 'no-broker';

/** Milliseconds for which HTTPS has to fail without an answer in between, and after which it is tried again. */
export const patience = 60_000;
export const lookBack = 600_000;

/**
 * HTTPS first: it can be kept by a cache, and the broker carries alarms. A host that answers with something else than
 * what is asked for is reached; only silence and refusal lead to the broker.
 */
const table: Record<
  Standing['way'],
  Record<WayEvent, (standing: Standing, now: number) => Standing>
> = {
  https: {
    answered: () => ({ way: 'https' }),
    unreachable: (standing, now) => {
      const since = (standing.way === 'https' ? standing.failingSince : undefined) ?? now;
      const isOver = now - since >= patience;
      return isOver
        ? { way: 'broker', until: now + lookBack }
        : { way: 'https', failingSince: since };
    },
    'no-broker': (standing) => standing,
  },
  broker: {
    answered: () => ({ way: 'https' }),
    unreachable: (_, now) => ({ way: 'broker', until: now + lookBack }),
    'no-broker': (_, now) => ({ way: 'broker', until: now }),
  },
};

/** The standing after an event; `now`: monotonic milliseconds. */
export function advanceWay(standing: Standing, event: WayEvent, now: number): Standing {
  return table[standing.way][event](standing, now);
}

const unreached: readonly ErrorCode[] = ['UPDATE_UNREACHABLE', 'UPDATE_TOO_SLOW'];

function isUnreached(error: unknown): boolean {
  return error instanceof ScansideError && unreached.includes(error.code);
}

export interface RepositoryWayOptions {
  clock: Clock;
  /** Whether the broker could be asked now. */
  hasBroker(): boolean;
  /** Told when the way has changed. */
  changed(way: Standing['way']): void;
}

/** Asks over HTTPS, and through the broker where that does not lead anywhere. */
export class RepositoryWay {
  readonly #options: RepositoryWayOptions;
  #standing: Standing = { way: 'https' };

  constructor(options: RepositoryWayOptions) {
    this.#options = options;
  }

  /** Throws what the way throws that was taken last. */
  async ask<T>(overHttps: () => Promise<T>, overBroker: () => Promise<T>): Promise<T> {
    const { clock, hasBroker } = this.#options;
    const standing = this.#standing;
    const isFirst = standing.way === 'https' || clock.monotonic() >= standing.until;
    if (isFirst || !hasBroker())
      try {
        return await this.#overHttps(overHttps);
      } catch (error) {
        if (!isUnreached(error) || this.#standing.way === 'https' || !hasBroker()) throw error;
      }
    try {
      return await overBroker();
    } catch (error) {
      this.#advance('no-broker');
      throw error;
    }
  }

  async #overHttps<T>(overHttps: () => Promise<T>): Promise<T> {
    try {
      const answer = await overHttps();
      this.#advance('answered');
      return answer;
    } catch (error) {
      this.#advance(isUnreached(error) ? 'unreachable' : 'answered');
      throw error;
    }
  }

  #advance(event: WayEvent): void {
    const before = this.#standing.way;
    this.#standing = advanceWay(this.#standing, event, this.#options.clock.monotonic());
    if (this.#standing.way !== before) this.#options.changed(this.#standing.way);
  }
}
