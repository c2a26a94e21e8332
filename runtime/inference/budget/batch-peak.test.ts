import { describe, expect, it } from 'vitest';
import { batchPeak, learnPeak, type LearnedPeaks } from './batch-peak.ts';

function learn(...runs: [units: number, bytes: number][]): LearnedPeaks {
  return runs.reduce<LearnedPeaks>((peaks, [units, bytes]) => learnPeak(peaks, units, bytes), {});
}

describe('the peak of memory of a batch', () => {
  it('is unknown where nothing has run', () => {
    expect(batchPeak({}, 8)).toBeUndefined();
  });

  it('is the most that was seen of its size', () => {
    const peaks = learn([8, 700], [8, 900], [8, 800], [1, 150]);
    expect(batchPeak(peaks, 8)).toEqual({ fullBatchBytes: 900, oneUnitBytes: 150 });
  });

  it('of a size that has not run is that of the next larger one', () => {
    const peaks = learn([2, 300], [8, 900]);
    expect(batchPeak(peaks, 4)).toEqual({ fullBatchBytes: 900, oneUnitBytes: 300 });
  });

  it('of a larger one than has run grows with its size', () => {
    expect(batchPeak(learn([2, 300]), 8)).toEqual({ fullBatchBytes: 1200, oneUnitBytes: 300 });
  });
});
