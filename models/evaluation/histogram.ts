import type { Label } from './sample.ts';

/** How many cases of each class lie in each of the bins of equal width from `low` to `high`. */
export interface Histogram {
  low: number;
  high: number;
  positives: number[];
  negatives: number[];
}

const standardBins = 25;

/** The bins reach from 0 to 1, and further where a score does. */
export function countHistogram(
  labels: readonly Label[],
  scores: readonly number[],
  bins = standardBins,
): Histogram {
  const low = scores.reduce((least, score) => Math.min(least, score), 0);
  const high = scores.reduce((most, score) => Math.max(most, score), 1);
  const at = (score: number) =>
    Math.min(bins - 1, Math.floor((bins * (score - low)) / (high - low)));
  const histogram = { low, high, positives: zeros(bins), negatives: zeros(bins) };
  scores.forEach((score, of) => {
    const counts = labels[of] === 1 ? histogram.positives : histogram.negatives;
    counts[at(score)] = (counts[at(score)] ?? 0) + 1;
  });
  return histogram;
}

const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);
