/** Bins of equal width from `low` to `high`, fixed for good: counts of any device and day can be added. */
export interface NumberBins {
  kind: 'number';
  low: number;
  high: number;
  count: number;
}

/** One bin a name, and a last one for every other value. */
export interface NameBins {
  kind: 'name';
  names: readonly string[];
}

export type Bins = NumberBins | NameBins;

/** How many values lie in each bin. Whole numbers, so that adding histograms is exact in any order. */
export type Counts = readonly number[];

/** One bin more than values have: the last one counts exams that do not say the value. */
export function emptyCounts(bins: Bins): number[] {
  return Array.from({ length: absentBin(bins) + 1 }, () => 0);
}

function absentBin(bins: Bins): number {
  return bins.kind === 'number' ? bins.count : bins.names.length + 1;
}

/**
 * The bin of a value; what lies outside the range counts with the outermost. Nothing, NaN, or a number where a name
 * belongs is absent: a scanner that stops to say something has changed too.
 */
export function binOf(bins: Bins, value: number | string | undefined): number {
  if (bins.kind === 'name')
    return typeof value === 'string' ? nameBin(bins, value) : absentBin(bins);
  if (typeof value !== 'number' || Number.isNaN(value)) return absentBin(bins);
  const { low, high, count } = bins;
  return Math.min(count - 1, Math.max(0, Math.floor(((value - low) / (high - low)) * count)));
}

function nameBin({ names }: NameBins, value: string): number {
  const at = names.indexOf(value);
  return at < 0 ? names.length : at;
}

export function countValues(
  bins: Bins,
  values: readonly (number | string | undefined)[],
): number[] {
  const counts = emptyCounts(bins);
  for (const value of values) counts[binOf(bins, value)]! += 1;
  return counts;
}

/** Adds counts bin by bin. Throws a RangeError where there are not as many of them. */
export function addCounts(one: Counts, other: Counts): number[] {
  if (one.length !== other.length)
    throw new RangeError(`${one.length} bins and ${other.length} bins`);
  return one.map((count, at) => count + (other[at] ?? 0));
}

export function total(counts: Counts): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
