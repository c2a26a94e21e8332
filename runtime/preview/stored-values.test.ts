import { describe, expect, it } from 'vitest';
import type { StoredImage } from '../../models/stored-image.ts';
import { fitWithin, storeValues } from './stored-values.ts';

function image(
  rows: number,
  columns: number,
  valueAt: (row: number, column: number) => number,
  more: Partial<StoredImage> = {},
): StoredImage {
  const values = Float32Array.from({ length: rows * columns }, (_, at) =>
    valueAt(Math.floor(at / columns), at % columns),
  );
  const rest = { range: [0, 65_535] as [number, number], slope: 1, intercept: 0 };
  return { rows, columns, values, photometric: 'MONOCHROME2', ...rest, ...more };
}

describe('stored values', () => {
  it('are those of the image where it is small enough', () => {
    const stored = storeValues(image(3, 5, (row, column) => 10 * row + column));
    expect(stored).toMatchObject({ rows: 3, columns: 5, slope: 1, intercept: 0, aspect: 1 });
    expect([...stored.values]).toEqual([0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 20, 21, 22, 23, 24]);
    expect(stored.values).toBeInstanceOf(Uint16Array);
  });

  it('are means over areas where it is larger', () => {
    const stored = storeValues(
      image(8, 4, (row, column) => 100 * row + column),
      4,
    );
    expect(stored).toMatchObject({ rows: 4, columns: 2 });
    expect(Array.from(stored.values.slice(0, 4))).toEqual([51, 53, 251, 253]);
  });

  it('are so large at most, and keep the shape', () => {
    const sizes: [number, number][] = [
      [3072, 3072],
      [4000, 3001],
      [1537, 3],
      [1536, 1536],
      [1, 9999],
    ];
    for (const [rows, columns] of sizes) {
      const grid = fitWithin({ rows, columns }, 1536);
      expect(Math.max(grid.rows, grid.columns)).toBeLessThanOrEqual(1536);
      expect(Math.min(grid.rows, grid.columns)).toBeGreaterThanOrEqual(1);
      expect(
        Math.abs(grid.rows - (rows * Math.max(grid.rows, grid.columns)) / Math.max(rows, columns)),
      ).toBeLessThan(1);
    }
  });

  it('keep their sign, and slope and intercept', () => {
    const signed = { range: [-32_768, 32_767] as [number, number], slope: 2, intercept: -1000 };
    const stored = storeValues(image(2, 2, (row) => (row === 0 ? -2000 : 3000), signed));
    expect(stored.values).toBeInstanceOf(Int16Array);
    expect([...stored.values]).toEqual([-2000, -2000, 3000, 3000]);
    expect([...stored.units]).toEqual([-5000, -5000, 5000, 5000]);
    expect(stored).toMatchObject({ slope: 2, intercept: -1000 });
  });

  it('are scaled into 16 bits where they have more, so that the units stay', () => {
    const wide = { range: [0, 2 ** 32 - 1] as [number, number], slope: 0.5, intercept: 10 };
    const stored = storeValues(image(1, 3, (_, column) => column * 1_000_000, wide));
    expect([...stored.values]).toEqual([0, 32_767, 65_535]);
    const units = [...stored.values].map((value) => value * stored.slope + stored.intercept);
    for (const [at, unit] of units.entries())
      expect(Math.abs(unit - (10 + at * 500_000))).toBeLessThan(10);
  });

  it('have luminance for colour', () => {
    const values = Float32Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 200, 200, 200);
    const stored = storeValues(
      image(2, 2, () => 0, { values, photometric: 'RGB', range: [0, 255], padding: [76, 76] }),
    );
    expect([...stored.values]).toEqual([76, 150, 29, 200]);
  });

  it('have a modality table applied', () => {
    const modalityLut = { first: 0, entries: Uint16Array.of(7, 70, 700), bits: 12 };
    const stored = storeValues(image(1, 3, (_, column) => column, { modalityLut }));
    expect([...stored.values]).toEqual([7, 70, 700]);
  });

  it('say which way round they are', () => {
    expect(storeValues(image(1, 1, () => 1, { photometric: 'MONOCHROME1' })).inverted).toBe(true);
    expect(storeValues(image(1, 1, () => 1)).inverted).toBe(false);
  });

  it('say how high a pixel is, with the rounding of the grid', () => {
    const geometry = { spacing: { rows: 0.4, columns: 0.2, within: 'patient' as const } };
    expect(storeValues(image(4, 4, () => 1, { geometry })).aspect).toBeCloseTo(2, 6);
    expect(
      storeValues(
        image(4, 4, () => 1),
        1536,
        0.5,
      ).aspect,
    ).toBe(0.5);
    const odd = storeValues(
      image(301, 200, () => 1),
      100,
    );
    expect(odd).toMatchObject({ rows: 100, columns: 66 });
    expect((odd.aspect * odd.rows) / odd.columns).toBeCloseTo(301 / 200, 6);
  });
});

describe('padding', () => {
  const padded = (photometric: StoredImage['photometric'] = 'MONOCHROME2') =>
    image(4, 8, (_, column) => (column < 3 ? 65_000 : 1000 + column), {
      photometric,
      padding: [65_000, 65_000],
    });

  it('has no part in means, and none in what a window is chosen from', () => {
    const { values, units, columns } = storeValues(padded(), 4);
    expect(columns).toBe(4);
    // Half of the second area is no padding, which is enough for it to be shown.
    expect(Array.from(values.slice(0, 4))).toEqual([1003, 1003, 1005, 1007]);
    expect(Math.max(...units)).toBeLessThan(1010);
    expect(Math.min(...units)).toBeGreaterThanOrEqual(1003);
  });

  it('is dark, whichever way round the image is', () => {
    expect(storeValues(padded()).values[0]).toBe(1003);
    expect(storeValues(padded('MONOCHROME1')).values[0]).toBe(1007);
    const negative = { ...padded(), slope: -1 };
    expect(storeValues(negative).values[0]).toBe(1007);
  });

  it('may be all of it', () => {
    const stored = storeValues({ ...padded(), padding: [0, 65_535] });
    expect(new Set(stored.values)).toEqual(new Set([0]));
    expect(stored.units).toHaveLength(0);
  });
});
