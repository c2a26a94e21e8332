import { describe, expect, it } from 'vitest';
import type { PreprocessStep } from '../manifest.ts';
import { mapBack, preprocess, type StoredImage } from '../preprocess.ts';
import { resample } from '../resample.ts';
import { enlarge, halfMaximumOf, type HeatMap, partAround, peakOf } from './heat-map.ts';

function map(rows: number, columns: number, values: number[]): HeatMap {
  return { rows, columns, values: Float32Array.from(values) };
}

describe('a heat map', () => {
  it('has a part around its peak at a level, apart from what is as high elsewhere', () => {
    const hill = map(3, 5, [0, 6, 0, 0, 6, 5, 9, 0, 0, 6, 0, 4, 0, 0, 0]);
    expect(partAround(hill, 5)).toEqual({ row: 0, column: 0, rows: 2, columns: 2 });
    expect(partAround(hill, 4)).toEqual({ row: 0, column: 0, rows: 3, columns: 2 });
    expect(partAround(hill, 9)).toEqual({ row: 1, column: 1, rows: 1, columns: 1 });
    expect(partAround(hill, 10)).toBeUndefined();
  });

  it('peaks in the middle of its plateau, not between two of them', () => {
    // Of the same height and apart: three pixels above to the left, one below to the right.
    expect(peakOf(map(3, 4, [9, 9, 9, 0, 0, 0, 0, 0, 0, 0, 0, 9]))).toEqual({ row: 0, column: 1 });
    // The end of a row is not beside the beginning of the next.
    expect(peakOf(map(2, 3, [0, 0, 9, 9, 0, 0]))).toEqual({ row: 0, column: 2 });
  });

  it('peaks in the middle of an enlarged cell', () => {
    const peak = peakOf(enlarge(map(3, 3, [0, 0, 0, 0, 0, 5, 0, 0, 0]), { rows: 24, columns: 24 }));
    expect(peak.row).toBeCloseTo(11.5, 9);
    expect(peak.column).toBeGreaterThan(19);
  });

  it('has a centre of gravity of what is half as high', () => {
    const half = halfMaximumOf(map(1, 6, [0, 2, 4, 1, 0, 3]))!;
    expect(half.centre).toEqual({ row: 0, column: (1 * 2 + 2 * 4) / 6 });
    expect(half.share).toBeCloseTo(2 / 6, 12);
  });

  it('has none where nothing speaks for the finding', () => {
    expect(halfMaximumOf(map(1, 3, [-3, -1, 0]))).toBeUndefined();
  });
});

interface Geometry {
  rows: number;
  columns: number;
  spacing?: { rows: number; columns: number };
  steps: PreprocessStep[];
}

const resize: PreprocessStep = { step: 'resize', rows: 96, columns: 96 };
const letterbox: PreprocessStep = { step: 'letterbox', rows: 96, columns: 96 };

const geometries: [string, Geometry][] = [
  ['nothing', { rows: 96, columns: 96, steps: [resize] }],
  ['a resize that squeezes', { rows: 150, columns: 230, steps: [resize] }],
  ['a letterbox with a border above', { rows: 120, columns: 200, steps: [letterbox] }],
  ['a letterbox with a border beside', { rows: 210, columns: 131, steps: [letterbox] }],
  [
    'a crop, then a letterbox',
    { rows: 240, columns: 161, steps: [{ step: 'crop', fraction: 0.8 }, letterbox] },
  ],
  [
    'pixels that are not square, a crop and a letterbox',
    {
      rows: 180,
      columns: 120,
      spacing: { rows: 0.5, columns: 0.9 },
      steps: [{ step: 'resample', millimetres: 0.7 }, { step: 'crop', fraction: 0.9 }, letterbox],
    },
  ],
];

/** A dot on a dark ground. */
function imageOf({ rows, columns, spacing }: Geometry, dot: { row: number; column: number }) {
  const values = Float32Array.from({ length: rows * columns }, (_, at) => {
    const away = Math.hypot(Math.floor(at / columns) - dot.row, (at % columns) - dot.column);
    return 1000 * Math.exp(-(away ** 2) / 50);
  });
  return {
    rows,
    columns,
    values,
    range: [0, 1000],
    photometric: 'MONOCHROME2',
    slope: 1,
    intercept: 0,
    ...(spacing && { geometry: { spacing: { ...spacing, within: 'detector' } } }),
  } satisfies StoredImage;
}

/** A model whose map, half as fine as its input, is what it sees. */
function fakeMap({ rows, columns, values }: StoredImage): HeatMap {
  const grid = { rows: rows / 2, columns: columns / 2 };
  return { ...grid, values: resample(values, { rows, columns }, grid, 'area') };
}

describe.each(geometries)('a dot behind %s', (_, geometry) => {
  it.each([
    [0.5, 0.5],
    [0.3, 0.72],
    [0.68, 0.25],
  ])('is found within 2 pixels of the source at %f, %f', (down, right) => {
    const { rows, columns, steps } = geometry;
    const dot = { row: Math.round(down * rows), column: Math.round(right * columns) };
    const image = imageOf(geometry, dot);
    const input = preprocess(image, steps);
    const half = halfMaximumOf(enlarge(fakeMap(input), input))!;
    const spacing = geometry.spacing;
    const found = mapBack(steps, { rows, columns, spacing }, half.centre);
    expect(Math.hypot(found.row - dot.row, found.column - dot.column)).toBeLessThan(2);
    const peak = mapBack(steps, { rows, columns, spacing }, peakOf(enlarge(fakeMap(input), input)));
    expect(Math.hypot(peak.row - dot.row, peak.column - dot.column)).toBeLessThan(5);
  });
});
