/** What is known of a study while it arrives. Times in milliseconds on one clock. */
export interface Arrival {
  /** Whether an association that has sent to this study is still open. */
  open: boolean;
  lastReceivedAt: number;
  received: number;
  /** Number of Study Related Instances (0020,1208) where the scanner sends it. */
  expected: number | undefined;
}

export interface QuietTimes {
  /** Silence that ends a study whose associations are closed. */
  quietMs: number;
  /** Silence that ends a study although the scanner keeps its association open. */
  openQuietMs: number;
}

/** `complete`, or how long to wait before asking again. */
export type Completeness = { complete: true } | { complete: false; waitMs: number };

/**
 * Decides whether a study is whole. An expected count that has been reached ends the wait; one that has not been
 * reached does not prolong it, because counts are often wrong and silence must end.
 */
export function judgeCompleteness(arrival: Arrival, times: QuietTimes, now: number): Completeness {
  if (arrival.expected !== undefined && arrival.received >= arrival.expected && !arrival.open)
    return { complete: true };
  const quiet = arrival.open ? times.openQuietMs : times.quietMs;
  // A clock that was set back must not make a study wait for hours.
  const elapsed = Math.max(0, now - arrival.lastReceivedAt);
  return elapsed >= quiet ? { complete: true } : { complete: false, waitMs: quiet - elapsed };
}
