import { backoff } from './delivery-table.ts';

/**
 * Whether links to a destination are opened. `closed`: as there is work. `open`: none before the pause is over.
 * `half-open`: one link, whose first answer decides.
 */
export type BreakerState = 'closed' | 'open' | 'half-open';

/**
 * `failed`: a link could not be opened, or ended before an answer. `exhausted`: so often in a row that the destination
 * is taken for dead. `rejected`: the destination wants no links of ours. `elapsed`: the pause is over.
 */
export type BreakerEvent = 'answered' | 'failed' | 'exhausted' | 'rejected' | 'elapsed';

export const breakerTable: Record<BreakerState, Record<BreakerEvent, BreakerState>> = {
  closed: {
    answered: 'closed',
    failed: 'closed',
    exhausted: 'open',
    rejected: 'open',
    elapsed: 'closed',
  },
  open: {
    answered: 'closed',
    failed: 'open',
    exhausted: 'open',
    rejected: 'open',
    elapsed: 'half-open',
  },
  'half-open': {
    answered: 'closed',
    failed: 'open',
    exhausted: 'open',
    rejected: 'open',
    elapsed: 'half-open',
  },
};

export interface Breaker {
  state: BreakerState;
  /** Failures in a row. */
  failures: number;
  /** No link before this time, milliseconds of the monotonic clock. */
  notBefore: number;
}

export const closedBreaker: Breaker = { state: 'closed', failures: 0, notBefore: 0 };

const failuresToOpen = 5;
/** Far enough in the doubling that the pause is the longest. */
const slowest = 20;

/**
 * What an event makes of a breaker. The pause doubles with every failure in a row, to 5 minutes; after a rejection it
 * is 5 minutes at once, because only a person can change that. `random` in [0, 1) spreads it.
 */
export function nextBreaker(
  { state, failures, notBefore }: Breaker,
  event: Exclude<BreakerEvent, 'exhausted'>,
  now: number,
  random: number,
): Breaker {
  if (event === 'answered') return closedBreaker;
  if (event === 'elapsed') return { state: breakerTable[state].elapsed, failures, notBefore };
  const isDead = event === 'failed' && failures + 1 >= failuresToOpen;
  return {
    state: breakerTable[state][isDead ? 'exhausted' : event],
    failures: failures + 1,
    notBefore: now + backoff(event === 'rejected' ? slowest : failures, random),
  };
}
