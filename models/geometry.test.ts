import { describe, expect, it } from 'vitest';
import { mapBack, type Point } from './geometry.ts';
import { preprocess } from './preprocess.ts';
import type { PreprocessStep } from './preprocess-step.ts';
import type { StoredImage } from './stored-image.ts';

/** A dark picture with a bright square of five pixels about a point. */
function dotted(rows: number, columns: number, dot: Point): StoredImage {
  const values = new Float32Array(rows * columns);
  for (let row = -2; row <= 2; row++)
    for (let column = -2; column <= 2; column++)
      values[(dot.row + row) * columns + dot.column + column] = 1000;
  return {
    rows,
    columns,
    values,
    range: [0, 4095],
    photometric: 'MONOCHROME2',
    slope: 1,
    intercept: 0,
    geometry: { spacing: { rows: 0.4, columns: 0.5, within: 'patient' } },
  };
}

function centroid({ values, columns }: StoredImage): Point {
  let [row, column, weight] = [0, 0, 0];
  values.forEach((value, at) => {
    row += Math.floor(at / columns) * value;
    column += (at % columns) * value;
    weight += value;
  });
  return { row: row / weight, column: column / weight };
}

const cases: [string, PreprocessStep[]][] = [
  ['nothing', []],
  ['crop', [{ step: 'crop', fraction: 0.7 }]],
  ['resize', [{ step: 'resize', rows: 96, columns: 96 }]],
  ['bilinear resize', [{ step: 'resize', rows: 200, columns: 333, kernel: 'bilinear' }]],
  ['letterbox', [{ step: 'letterbox', rows: 128, columns: 128 }]],
  ['resample', [{ step: 'resample', millimetres: 1.3 }]],
  [
    'all of them',
    [
      { step: 'modality-lut' },
      { step: 'crop', fraction: 0.83 },
      { step: 'resample', millimetres: 0.7 },
      { step: 'percentile-window', low: 0, high: 100 },
      { step: 'letterbox', rows: 160, columns: 144 },
      { step: 'resize', rows: 111, columns: 97 },
    ],
  ],
];

const sizes = [
  [301, 420],
  [512, 200],
  [257, 257],
] as const;

describe('a place in the input of a network', () => {
  it.each(cases)('is mapped back through %s to where it comes from', (_, steps) => {
    for (const [rows, columns] of sizes)
      for (const dot of [
        { row: Math.round(rows * 0.35), column: Math.round(columns * 0.6) },
        { row: Math.round(rows * 0.75), column: Math.round(columns * 0.3) },
      ]) {
        const image = dotted(rows, columns, dot);
        const seen = centroid(preprocess(image, steps));
        const source = { rows, columns, spacing: image.geometry?.spacing };
        const found = mapBack(steps, source, seen);
        expect(Math.abs(found.row - dot.row), `${rows} × ${columns}`).toBeLessThan(1);
        expect(Math.abs(found.column - dot.column), `${rows} × ${columns}`).toBeLessThan(1);
      }
  });

  it('lies outside of the source where a letterbox added it', () => {
    const steps: PreprocessStep[] = [{ step: 'letterbox', rows: 100, columns: 100 }];
    expect(mapBack(steps, { rows: 100, columns: 50 }, { row: 50, column: 5 }).column).toBe(-20);
  });

  it('follows the convention that whole numbers are the centres of pixels', () => {
    const steps: PreprocessStep[] = [{ step: 'resize', rows: 8, columns: 16 }];
    expect(mapBack(steps, { rows: 16, columns: 8 }, { row: 0, column: 0 })).toEqual({
      row: 0.5,
      column: -0.25,
    });
  });

  it('has no place where the image does not say how large its pixels are', () => {
    const steps: PreprocessStep[] = [{ step: 'resample', millimetres: 1 }];
    expect(() => mapBack(steps, { rows: 9, columns: 9 }, { row: 0, column: 0 })).toThrow(
      'how large its pixels are',
    );
  });
});
