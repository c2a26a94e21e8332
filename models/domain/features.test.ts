import { describe, expect, it } from 'vitest';
import { extractFeatures, histogramBins, thumbnailSide } from './features.ts';

const range = { low: 0, high: 1 };

function input(rows: number, columns: number, value: (row: number, column: number) => number) {
  const values = Float32Array.from({ length: rows * columns }, (_, at) =>
    value(Math.floor(at / columns), at % columns),
  );
  return { rows, columns, values, embedding: Float32Array.of(3, 4) };
}

describe('features', () => {
  it('hold the mean of each field', () => {
    const { thumbnail } = extractFeatures(
      input(24, 48, (row, column) => row + 100 * column),
      range,
    );
    const fields = Array.from({ length: thumbnailSide ** 2 }, (_, at) => {
      const [row, column] = [Math.floor(at / thumbnailSide), at % thumbnailSide];
      return 2 * row + 0.5 + 100 * (4 * column + 1.5);
    });
    expect([...thumbnail]).toEqual(fields);
  });

  it('leave no field empty where the fields do not divide the picture', () => {
    const { thumbnail } = extractFeatures(
      input(13, 31, () => 1),
      range,
    );
    expect([...thumbnail]).toEqual(Array.from({ length: thumbnailSide ** 2 }, () => 1));
  });

  it('hold which share of the values lies in each bin, and those beyond in the outermost', () => {
    const values = [-9, 0, 0.03, 0.5, 0.999, 1, 7, 7];
    const { histogram } = extractFeatures(
      input(1, 8, (_, column) => values[column]!),
      range,
    );
    expect(histogram).toHaveLength(histogramBins);
    expect([histogram[0], histogram[8], histogram[15]]).toEqual([3 / 8, 1 / 8, 4 / 8]);
    expect(histogram.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
  });

  it('hold the embedding, or nothing', () => {
    const picture = input(12, 12, () => 0);
    expect([...extractFeatures(picture, range).embedding]).toEqual([3, 4]);
    expect(extractFeatures({ ...picture, embedding: undefined }, range).embedding).toHaveLength(0);
  });
});
