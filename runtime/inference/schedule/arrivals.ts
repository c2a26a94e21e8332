/** How the work of a lane has been arriving: gaps between units, in milliseconds, with what is old forgotten. */
export interface Arrivals {
  readonly lastAt: number;
  readonly gapMs: number;
  /** Mean deviation of a gap from `gapMs`. */
  readonly deviationMs: number;
  /** Gaps that the estimate rests on. */
  readonly gaps: number;
}

export const noArrivals: Arrivals = { lastAt: -Infinity, gapMs: 0, deviationMs: 0, gaps: 0 };

const gain = 1 / 8;
const gapsToTrust = 8;
/** A gap so many times the usual one ends a burst: what comes after it is another. */
const pauseFactor = 10;

/** What is known after a unit that arrived at `at`, monotonic milliseconds. */
export function observeArrival(arrivals: Arrivals, at: number): Arrivals {
  const gap = at - arrivals.lastAt;
  if (!Number.isFinite(gap)) return { ...noArrivals, lastAt: at };
  if (arrivals.gaps === 0) return { lastAt: at, gapMs: gap, deviationMs: gap, gaps: 1 };
  if (gap > pauseFactor * (arrivals.gapMs + 1)) return { ...noArrivals, lastAt: at };
  const error = gap - arrivals.gapMs;
  return {
    lastAt: at,
    gapMs: arrivals.gapMs + gain * error,
    deviationMs: arrivals.deviationMs + gain * (Math.abs(error) - arrivals.deviationMs),
    gaps: arrivals.gaps + 1,
  };
}

/** When the next unit is there in all likelihood; undefined where nothing is known, or where it is overdue. */
export function nextArrival(arrivals: Arrivals, now: number): number | undefined {
  const at = arrivals.lastAt + arrivals.gapMs + 2 * arrivals.deviationMs;
  return arrivals.gaps >= gapsToTrust && at > now ? at : undefined;
}
