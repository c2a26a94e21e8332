import { describe, expect, it } from 'vitest';
import type { PreprocessStep } from './manifest.ts';
import { preprocess, type StoredImage } from './preprocess.ts';

function image(values: number[], columns: number, more: Partial<StoredImage> = {}): StoredImage {
  return {
    rows: values.length / columns,
    columns,
    values: Float32Array.from(values),
    range: [0, 255],
    photometric: 'MONOCHROME2',
    slope: 1,
    intercept: 0,
    ...more,
  };
}

function run(input: StoredImage, ...steps: PreprocessStep[]): number[] {
  return [...preprocess(input, steps).values];
}

describe('preprocessing', () => {
  it('applies slope and intercept, once', () => {
    const input = image([0, 10], 2, { slope: 2, intercept: -5 });
    expect(run(input, { step: 'modality-lut' }, { step: 'modality-lut' })).toEqual([-5, 15]);
  });

  it('turns MONOCHROME1 over within the range that can be stored, once', () => {
    const input = image([0, 55, 255], 3, { photometric: 'MONOCHROME1' });
    expect(run(input, { step: 'photometric' }, { step: 'photometric' })).toEqual([255, 200, 0]);
  });

  it('turns MONOCHROME1 over in modality units after the rescale', () => {
    const input = image([0, 255], 2, { photometric: 'MONOCHROME1', slope: -1, intercept: 10 });
    expect(run(input, { step: 'modality-lut' }, { step: 'photometric' })).toEqual([-245, 10]);
  });

  it('leaves MONOCHROME2 as it is', () => {
    expect(run(image([1, 2], 2), { step: 'photometric' })).toEqual([1, 2]);
  });

  it('windows about a centre and clips', () => {
    const step = { step: 'window', centre: 100, width: 100 } as const;
    expect(run(image([0, 50, 100, 150, 255], 5), step)).toEqual([0, 0, 0.5, 1, 1]);
  });

  it('windows between percentiles and clips what lies outside', () => {
    const values = [...Array.from({ length: 100 }, (_, at) => at), 255];
    const done = run(image(values, 101), { step: 'percentile-window', low: 1, high: 99 });
    expect([done[0], done[1], done[50], done[99], done[100]]).toEqual([0, 0, 0.5, 1, 1]);
  });

  it('makes an image without contrast all 0, not NaN', () => {
    expect(run(image([7, 7], 2), { step: 'percentile-window', low: 0, high: 100 })).toEqual([0, 0]);
  });

  it('weighs by area when it reduces, on both axes', () => {
    const input = image([1, 3, 5, 7, 1, 3, 5, 7], 4);
    expect(run(input, { step: 'resize', rows: 1, columns: 2 })).toEqual([2, 6]);
    const thirds = run(image([0, 3, 6], 3), { step: 'resize', rows: 1, columns: 2 });
    expect(thirds[0]).toBeCloseTo(1, 6);
    expect(thirds[1]).toBeCloseTo(5, 6);
  });

  it('keeps the mean when it reduces by a ratio that does not divide', () => {
    const values = Array.from({ length: 17 * 23 }, (_, at) => (at * 7919) % 256);
    const done = run(image(values, 23), { step: 'resize', rows: 8, columns: 9 });
    const mean = (list: number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
    expect(done).toHaveLength(72);
    expect(mean(done)).toBeCloseTo(mean(values), 3);
  });

  it('interpolates when it enlarges, and does not read past the edge', () => {
    expect(run(image([0, 4], 2), { step: 'resize', rows: 1, columns: 4 })).toEqual([0, 1, 3, 4]);
    expect(run(image([9], 1), { step: 'resize', rows: 2, columns: 2 })).toEqual([9, 9, 9, 9]);
  });

  it('keeps rows and columns apart', () => {
    const input = image([1, 2, 3, 4, 5, 6], 3);
    const done = preprocess(input, [{ step: 'resize', rows: 2, columns: 3 }]);
    expect([done.rows, done.columns, ...done.values]).toEqual([2, 3, 1, 2, 3, 4, 5, 6]);
  });

  it('normalises', () => {
    expect(run(image([1, 3], 2), { step: 'normalise', mean: 1, standardDeviation: 2 })).toEqual([
      0, 1,
    ]);
  });
});
