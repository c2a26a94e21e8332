import { describe, expect, it } from 'vitest';
import type { PreprocessStep } from '../../models/preprocess-step.ts';
import { preprocess, type StoredImage } from '../../models/preprocess.ts';
import { resample } from '../../models/resample.ts';
import { readGreyPng } from '../../tests/fixtures/preview-bench.ts';
import { drawOverlay, longestOverlay } from './overlay.ts';
import { fitWithin, longestPreview } from './stored-values.ts';

type Spacing = NonNullable<StoredImage['geometry']>['spacing'];

/** An image with one bright dot. */
function withDot(
  { rows, columns }: { rows: number; columns: number },
  dot: { row: number; column: number },
  spacing?: Spacing,
): StoredImage {
  const radius = Math.max(rows, columns) / 50;
  const values = Float32Array.from({ length: rows * columns }, (_, at) =>
    Math.hypot(Math.floor(at / columns) - dot.row, (at % columns) - dot.column) < radius ? 1000 : 0,
  );
  const rest = { range: [0, 4095] as [number, number], slope: 1, intercept: 0 };
  const geometry = spacing && { geometry: { spacing } };
  return { rows, columns, values, photometric: 'MONOCHROME2', ...rest, ...geometry };
}

/** The centre of what is coloured, weighted by strength, in pixels of the preview. */
function centreOnPreview(png: Uint8Array, source: { rows: number; columns: number }) {
  const { rows, columns, pixels } = readGreyPng(png);
  const preview = fitWithin(source, longestPreview);
  let [sum, row, column] = [0, 0, 0];
  for (const [at, value] of pixels.entries()) {
    sum += value;
    row += value * (Math.floor(at / columns) + 0.5);
    column += value * ((at % columns) + 0.5);
  }
  return {
    row: ((row / sum) * preview.rows) / rows - 0.5,
    column: ((column / sum) * preview.columns) / columns - 0.5,
  };
}

const ways: Record<string, PreprocessStep[]> = {
  resize: [{ step: 'resize', rows: 256, columns: 256 }],
  'resize aslant': [{ step: 'resize', rows: 320, columns: 192 }],
  letterbox: [{ step: 'letterbox', rows: 256, columns: 256 }],
  'crop and resize': [
    { step: 'crop', fraction: 0.875 },
    { step: 'resize', rows: 256, columns: 256 },
  ],
  'letterbox and crop': [
    { step: 'letterbox', rows: 300, columns: 300 },
    { step: 'crop', fraction: 0.8 },
  ],
  'resample, letterbox and crop': [
    { step: 'resample', millimetres: 1 },
    { step: 'letterbox', rows: 320, columns: 320 },
    { step: 'crop', fraction: 0.9 },
  ],
};

const square = { rows: 0.5, columns: 0.5, within: 'patient' as const };
const shapes: [string, { rows: number; columns: number }, Spacing][] = [
  ['upright', { rows: 600, columns: 400 }, square],
  ['lying', { rows: 401, columns: 733 }, square],
  ['square', { rows: 512, columns: 512 }, square],
  ['of pixels that are not square', { rows: 500, columns: 500 }, { ...square, columns: 0.8 }],
];

describe('an overlay', () => {
  describe.each(shapes)('on an image that is %s', (_, size, spacing) => {
    it.each(Object.entries(ways))('lies within 2 pixels of a planted dot: %s', (_, steps) => {
      for (const [down, across] of [
        [0.25, 0.3],
        [0.25, 0.7],
        [0.7, 0.3],
        [0.75, 0.72],
      ] as const) {
        const dot = { row: down * size.rows, column: across * size.columns };
        const image = withDot(size, dot, spacing);
        const seen = preprocess(image, [{ step: 'modality-lut' }, ...steps]);
        const coarse = { rows: Math.round(seen.rows / 4), columns: Math.round(seen.columns / 4) };
        const map = { ...coarse, values: resample(seen.values, seen, coarse) };
        const png = drawOverlay(map, { source: { ...size, spacing }, steps });
        const centre = centreOnPreview(png, size);
        expect(Math.abs(centre.row - dot.row)).toBeLessThan(2);
        expect(Math.abs(centre.column - dot.column)).toBeLessThan(2);
      }
    });
  });

  it('lies right on an image that the preview shows smaller', () => {
    const size = { rows: 3000, columns: 2400 };
    const dot = { row: 2100, column: 600 };
    const seen = preprocess(withDot(size, dot), ways['letterbox']!);
    const coarse = { rows: 64, columns: 64 };
    const map = { ...coarse, values: resample(seen.values, seen, coarse) };
    const png = drawOverlay(map, { source: size, steps: ways['letterbox']! });
    const centre = centreOnPreview(png, size);
    const scale = longestPreview / size.rows;
    expect(Math.abs(centre.row - dot.row * scale)).toBeLessThan(2);
    expect(Math.abs(centre.column - dot.column * scale)).toBeLessThan(2);
  });

  const map = { rows: 4, columns: 4, values: Float32Array.from({ length: 16 }, (_, at) => at - 4) };

  it('covers the image and is small', () => {
    for (const source of [
      { rows: 3072, columns: 2000 },
      { rows: 30, columns: 20 },
    ]) {
      const { rows, columns } = readGreyPng(drawOverlay(map, { source, steps: [] }));
      expect(rows).toBe(Math.min(longestOverlay, source.rows));
      expect(columns / rows).toBeCloseTo(source.columns / source.rows, 1);
    }
  });

  it('lets the image through: at most 40 % opaque, and nothing where nothing speaks for the finding', () => {
    const drawn = readGreyPng(drawOverlay(map, { source: { rows: 64, columns: 64 }, steps: [] }));
    expect(drawn.colourType).toBe(3);
    expect(drawn.opacities?.[0]).toBe(0);
    expect(Math.max(...drawn.opacities!)).toBeLessThanOrEqual(0.4 * 255);
    expect(Math.max(...drawn.pixels)).toBe(255);
    expect(drawn.pixels[0]).toBe(0);
  });

  it('grows lighter with the strength, for whoever does not tell hues apart', () => {
    const { palette } = readGreyPng(
      drawOverlay(map, { source: { rows: 8, columns: 8 }, steps: [] }),
    );
    const light = Array.from({ length: 256 }, (_, at) => {
      const [red = 0, green = 0, blue = 0] = palette!.subarray(3 * at, 3 * at + 3);
      return 0.299 * red + 0.587 * green + 0.114 * blue;
    });
    for (const at of [32, 64, 96, 128, 160, 192, 224, 255])
      expect(light[at]).toBeGreaterThan(light[at - 32]!);
  });

  it('has no colour at all of a map without a reaction, and of what the network has not seen', () => {
    const size = { rows: 64, columns: 64 };
    const none = { ...map, values: new Float32Array(16).fill(-1) };
    const empty = readGreyPng(drawOverlay(none, { source: size, steps: [] }));
    expect(Math.max(...empty.pixels)).toBe(0);
    const ones = { rows: 1, columns: 1, values: Float32Array.of(1) };
    const cropped = drawOverlay(ones, { source: size, steps: [{ step: 'crop', fraction: 0.5 }] });
    const { pixels } = readGreyPng(cropped);
    expect([pixels[0], pixels[16 * 64 + 15], pixels[16 * 64 + 16], pixels[32 * 64 + 32]]).toEqual([
      0, 0, 255, 255,
    ]);
  });
});
