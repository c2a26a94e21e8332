import { type Counts, total } from './histogram.ts';

/**
 * Population stability index of two histograms with the same bins: the symmetric relative entropy of their shares, nil
 * where they are alike. Half a case stands in every bin beforehand, so that an empty one is not infinitely strange.
 */
export function stabilityIndex(reference: Counts, observed: Counts): number {
  const [expected, met] = [smoothShares(reference), smoothShares(observed)];
  return expected.reduce((sum, share, at) => {
    const other = met[at] ?? share;
    return sum + (other - share) * Math.log(other / share);
  }, 0);
}

/** What the index is on average where nothing has changed: the fewer cases, the larger. */
export function chanceIndex(reference: Counts, observed: Counts): number {
  return (reference.length - 1) * (1 / total(reference) + 1 / total(observed));
}

function smoothShares(counts: Counts): number[] {
  const all = total(counts) + counts.length / 2;
  return counts.map((count) => (count + 0.5) / all);
}

/** A test of Kolmogorov and Smirnov: the largest distance of two cumulative shares, and how likely chance makes it. */
export interface Distance {
  distance: number;
  /** From the limiting distribution; on bins it is too large rather than too small. 1 where there is nothing to compare. */
  p: number;
}

export function kolmogorovSmirnov(reference: Counts, observed: Counts): Distance {
  const [all, here] = [total(reference), total(observed)];
  if (all === 0 || here === 0) return { distance: 0, p: 1 };
  let [expected, met, distance] = [0, 0, 0];
  reference.forEach((count, at) => {
    expected += count;
    met += observed[at] ?? 0;
    distance = Math.max(distance, Math.abs(expected / all - met / here));
  });
  return { distance, p: kolmogorovTail(distance * Math.sqrt((all * here) / (all + here))) };
}

/** Terms beyond this change nothing in the range of the alternating series. */
const terms = 100;

/** How likely the limiting distribution of Kolmogorov exceeds `x`. */
export function kolmogorovTail(x: number): number {
  if (x < 0.2) return 1;
  // Below 1 the other series, by the transformation of the theta function, converges; above 1 this one.
  if (x < 1)
    return (
      1 -
      (Math.sqrt(2 * Math.PI) / x) * series((k) => -(((2 * k - 1) * Math.PI) ** 2) / (8 * x * x))
    );
  return 2 * series((k) => -2 * (k * x) ** 2, -1);
}

/** Sum of exp(exponent(k)) for k from 1 on, every second one times `sign`. */
function series(exponent: (k: number) => number, sign = 1): number {
  let sum = 0;
  for (let k = 1; k <= terms; k++) sum += (k % 2 === 0 ? sign : 1) * Math.exp(exponent(k));
  return sum;
}

/**
 * Neighbouring bins put together until each group has about the same share of the reference: the index of many nearly
 * empty bins is large by chance alone. Gives, for each bin, its group.
 */
export function groupBins(reference: Counts, groups: number): number[] {
  const all = total(reference);
  let before = 0;
  return reference.map((count) => {
    const middle = before + count / 2;
    before += count;
    return all === 0 ? 0 : Math.min(groups - 1, Math.floor((middle / all) * groups));
  });
}

/** Counts of groups of bins. Groups that no bin belongs to are left out. */
export function sumGroups(counts: Counts, groupOf: readonly number[]): number[] {
  const sums = new Map<number, number>();
  counts.forEach((count, at) => {
    const group = groupOf[at] ?? 0;
    sums.set(group, (sums.get(group) ?? 0) + count);
  });
  return [...sums.values()];
}
