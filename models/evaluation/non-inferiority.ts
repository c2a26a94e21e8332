import type { Interval } from './proportion.ts';

/**
 * What the interval of a difference (candidate less reference) says about a margin that was set beforehand.
 * `inconclusive` is no pass: absence of proof that something is worse proves nothing.
 */
export type Verdict = 'superior' | 'non-inferior' | 'inconclusive' | 'inferior';

/**
 * Reads the verdict from the interval, never from a p: a p without a margin answers another question. `margin` is
 * the largest loss that is accepted, positive. With limits of 95 %, each side errs in 2.5 %.
 */
export function judgeDifference({ low, high }: Interval, margin: number): Verdict {
  if (low > 0) return 'superior';
  if (low > -margin) return 'non-inferior';
  return high < -margin ? 'inferior' : 'inconclusive';
}
