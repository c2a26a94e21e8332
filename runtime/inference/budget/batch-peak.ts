import type { BatchPeak } from './budget-state.ts';

/** The most memory that a run of so many units was seen to take on top of the resting engine: units to bytes. */
export type LearnedPeaks = Readonly<Record<number, number>>;

/** Takes in one run. The most counts, because memory that is short once ends the process. */
export function learnPeak(peaks: LearnedPeaks, units: number, bytes: number): LearnedPeaks {
  return { ...peaks, [units]: Math.max(bytes, peaks[units] ?? 0) };
}

/**
 * What the largest batch and a single unit will take, as far as was learned; undefined where nothing has run. A size
 * that has not run takes no more than the next larger that has, or in proportion to the largest.
 */
export function batchPeak(peaks: LearnedPeaks, largestBatch: number): BatchPeak | undefined {
  const fullBatchBytes = peakOf(peaks, largestBatch);
  const oneUnitBytes = peakOf(peaks, 1);
  if (fullBatchBytes === undefined || oneUnitBytes === undefined) return undefined;
  return { fullBatchBytes, oneUnitBytes };
}

function peakOf(peaks: LearnedPeaks, units: number): number | undefined {
  const sizes = Object.keys(peaks).map(Number);
  const larger = sizes.filter((size) => size >= units);
  if (larger.length > 0) return peaks[Math.min(...larger)];
  const largest = Math.max(...sizes);
  return sizes.length === 0 ? undefined : ((peaks[largest] ?? 0) * units) / largest;
}
