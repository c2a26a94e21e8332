import { describe, expect, it } from 'vitest';
import type { StoredImage } from './stored-image.ts';
import { preprocess } from './preprocess.ts';
import { makeVolume, takeSlab, toPatient } from './volume.ts';

type Vector = [number, number, number];

/** A slice 4 × 4 whose value is the same everywhere, 1 mm pixels, at z. */
function slice(z: number, value: number, more: Partial<StoredImage['geometry']> = {}): StoredImage {
  return {
    rows: 4,
    columns: 4,
    values: new Float32Array(16).fill(value),
    range: [0, 255],
    photometric: 'MONOCHROME2',
    slope: 1,
    intercept: 0,
    geometry: {
      spacing: { rows: 1, columns: 1, within: 'patient' },
      position: [10, 20, z],
      orientation: [1, 0, 0, 0, 1, 0],
      ...more,
    },
  };
}

const ramp = (...places: number[]) => places.map((z) => slice(z, 10 * z));

/** The value of each slice of a volume. */
function profile(images: StoredImage[], slices: number): number[] {
  const volume = makeVolume(images, { slices, rows: 1, columns: 1 });
  return Array.from({ length: volume.slices }, (_, at) => volume.values[at * 16] ?? Number.NaN);
}

describe('a volume', () => {
  it('is in the order of positions, whatever the slices came in', () => {
    expect(profile(ramp(4, 0, 2), 2)).toEqual([0, 20, 40]);
  });

  it('interpolates between slices where the grid is finer', () => {
    expect(profile(ramp(0, 2, 4), 1)).toEqual([0, 10, 20, 30, 40]);
  });

  it('closes the gap of one missing slice and keeps unequal distances apart', () => {
    expect(profile(ramp(0, 2, 6, 8), 2)).toEqual([0, 20, 40, 60, 80]);
  });

  it('weighs slices by extent where the grid is coarser', () => {
    const images = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((z) => slice(z, z === 4 ? 90 : 0));
    const [first, middle, last] = profile(images, 4);
    expect([first, last]).toEqual([0, 0]);
    expect(middle).toBeCloseTo(90 / 4, 4);
  });

  it('has the spacing of its slices where none is wanted', () => {
    const { spacing, slices } = makeVolume(ramp(0, 2.5, 5));
    expect([slices, spacing]).toEqual([3, { slices: 2.5, rows: 1, columns: 1 }]);
  });

  it('knows where its samples lie in the patient', () => {
    const own = makeVolume(ramp(5, 7));
    expect(toPatient(own, { slice: 1, row: 2, column: 3 })).toEqual([13, 22, 7]);
    const coarse = makeVolume(ramp(5, 7), { slices: 2, rows: 2, columns: 2 });
    expect(toPatient(coarse, { slice: 0, row: 0, column: 0 })).toEqual([10.5, 20.5, 5]);
    expect(toPatient(coarse, { slice: 0, row: 1, column: 1 })).toEqual([12.5, 22.5, 5]);
  });

  it('lies where its slices lie, also after they were cropped and scaled', () => {
    const whole = ramp(5, 7);
    const cropped = whole.map((each) => preprocess(each, [{ step: 'crop', fraction: 0.5 }]));
    expect(toPatient(makeVolume(cropped), { slice: 0, row: 0, column: 0 })).toEqual([11, 21, 5]);
    const larger = whole.map((each) => preprocess(each, [{ step: 'resample', millimetres: 2 }]));
    const wanted = { slices: 2, rows: 2, columns: 2 };
    expect(makeVolume(larger)).toEqual(makeVolume(whole, wanted));
  });

  it('finds a planted dot again, at its place in the patient, in an oblique stack', () => {
    const half = Math.SQRT1_2;
    const orientation: NonNullable<NonNullable<StoredImage['geometry']>['orientation']> = [
      1,
      0,
      0,
      0,
      half,
      half,
    ];
    const images = Array.from({ length: 9 }, (_, at) => {
      const position: Vector = [0, -half * 2 * at, half * 2 * at];
      const image = slice(0, 0, { position, orientation });
      if (at === 5) image.values[2 * 4 + 1] = 100;
      return image;
    });
    const volume = makeVolume(images, { slices: 1, rows: 0.5, columns: 0.5 });
    const weights = [0, 0, 0, 0];
    volume.values.forEach((value, at) => {
      const place = {
        slice: Math.floor(at / (volume.rows * volume.columns)),
        row: Math.floor(at / volume.columns) % volume.rows,
        column: at % volume.columns,
      };
      toPatient(volume, place).forEach((mm, axis) => (weights[axis]! += mm * value));
      weights[3]! += value;
    });
    const planted = [1, -half * 10 + half * 2, half * 10 + half * 2];
    planted.forEach((mm, axis) => expect(weights[axis]! / weights[3]!).toBeCloseTo(mm, 1));
  });

  it.each<[string, StoredImage[]]>([
    ['fewer than 2 slices', ramp(1)],
    ['where it lies', [slice(0, 0), { ...slice(1, 0), geometry: {} }]],
    ['in one place', ramp(1, 1)],
    ['not parallel', [slice(0, 0), slice(1, 0, { orientation: [1, 0, 0, 0, 0, -1] })]],
    [
      'pixel spacing',
      [slice(0, 0), slice(1, 0, { spacing: { rows: 2, columns: 2, within: 'patient' } })],
    ],
    ['differ in size', [slice(0, 0), { ...slice(1, 0), rows: 2, columns: 8 }]],
    ['in colour', [slice(0, 0), { ...slice(1, 0), photometric: 'RGB' }]],
    ['gap of 40.0 mm', ramp(0, 1, 2, 42)],
  ])('is refused: %s', (detail, images) => {
    expect(() => makeVolume(images)).toThrow(detail);
  });

  it('is refused where it would be too large', () => {
    const fine = { slices: 0.001, rows: 0.001, columns: 0.001 };
    expect(() => makeVolume(ramp(0, 1), fine)).toThrow('samples');
  });
});

describe('a slab', () => {
  it('has the slice in the middle and repeats the outermost', () => {
    const volume = makeVolume(ramp(0, 1, 2, 3));
    const channels = (centre: number) =>
      [0, 1, 2].map((channel) => takeSlab(volume, centre, 3)[channel * 16]);
    expect([channels(0), channels(1), channels(3)]).toEqual([
      [0, 0, 10],
      [0, 10, 20],
      [20, 30, 30],
    ]);
  });
});
