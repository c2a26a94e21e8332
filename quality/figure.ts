import type { Interval } from '../models/evaluation/proportion.ts';

/** A figure with its 95 % interval, or why there is none. A figure of nothing is never shown as a number. */
export type Figure = Known | Unknown;

export interface Known extends Interval {
  value: number;
  /** How many exams, or patients with the finding, it was counted on. */
  n: number;
  /** Clopper and Pearson's limits beside Wilson's, where it is a plain share of exams. */
  exact?: Interval | undefined;
  /** Fewer than 30: nothing may be concluded from it, whatever it says. */
  insufficient: boolean;
}

export interface Unknown {
  /** How many exams there were to count, or what is lacking, in words. */
  notEstimable: string;
}

export const nothingCounted: Unknown = { notEstimable: 'n = 0' };

export function isKnown(figure: Figure): figure is Known {
  return 'value' in figure;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** A share as people read it, such as "95.0 % (88.8 to 97.8 %, n = 100)" or "not estimable (n = 0)". */
export function figureText(figure: Figure): string {
  if (!isKnown(figure)) return `not estimable (${figure.notEstimable})`;
  const { value, low, high, n, insufficient } = figure;
  const limits = `${(100 * low).toFixed(1)} to ${percent(high)}, n = ${n}`;
  return `${percent(value)} (${limits}${insufficient ? '; insufficient data' : ''})`;
}
