import { describe, expect, it } from 'vitest';
import type { StoredImage } from '../../models/stored-image.ts';
import { readGreyPng } from '../../tests/fixtures/preview-bench.ts';
import { storeValues } from './stored-values.ts';
import { drawThumbnail } from './thumbnail.ts';

/** Dark on the left, bright on the right, in the units that the window names. */
function gradient(rows: number, columns: number, more: Partial<StoredImage> = {}) {
  const values = Float32Array.from(
    { length: rows * columns },
    (_, at) => (1000 * (at % columns)) / columns,
  );
  const rest = { range: [0, 1000] as [number, number], slope: 1, intercept: 0 };
  return storeValues({ rows, columns, values, photometric: 'MONOCHROME2', ...rest, ...more });
}

const window = { name: 'as-stored', center: 500, width: 1000 };
const draw = (image: ReturnType<typeof gradient>, by = window) =>
  readGreyPng(drawThumbnail(image, by));

describe('a thumbnail', () => {
  it('has square pixels, its longer side at most 192, and is never larger than the image', () => {
    const spacing = { rows: 1, columns: 0.5, within: 'patient' as const };
    expect(draw(gradient(500, 400))).toMatchObject({ rows: 192, columns: 154 });
    expect(draw(gradient(50, 40))).toMatchObject({ rows: 50, columns: 40 });
    expect(draw(gradient(400, 400, { geometry: { spacing } }))).toMatchObject({
      rows: 192,
      columns: 96,
    });
    expect(draw(gradient(1, 1))).toMatchObject({ rows: 1, columns: 1 });
  });

  it('is right way round', () => {
    const bright = draw(gradient(192, 192)).pixels;
    expect(bright[0]).toBeLessThan(4);
    expect(bright[191]).toBeGreaterThan(250);
    const { pixels } = draw(gradient(192, 192, { photometric: 'MONOCHROME1' }));
    expect(pixels[0]).toBeGreaterThan(250);
    expect(pixels[191]).toBeLessThan(4);
  });

  it('is shown with the window, in modality units', () => {
    const narrow = { name: 'x', center: 300, width: 100 };
    const { pixels } = draw(gradient(1, 100), narrow);
    expect([pixels[24], pixels[30], pixels[36]]).toEqual([0, 128, 254]);
    const shifted = draw(gradient(1, 100, { slope: 2, intercept: -300 }), narrow);
    expect(shifted.pixels[30]).toBe(128);
  });
});
