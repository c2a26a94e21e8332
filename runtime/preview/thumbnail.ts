import { encodeGreyPng } from '../../models/explanation/png.ts';
import { resample } from '../../models/resample.ts';
import { fitWithin, type StoredValues } from './stored-values.ts';
import type { Window } from './windows.ts';

/** Longer side of a thumbnail, pixels. */
export const longestThumbnail = 192;

/**
 * A small picture of an image as a PNG of 8 grey bits with square pixels, shown with that window. It bears no letters and
 * no mark of AI.
 */
export function drawThumbnail(image: StoredValues, window: Window): Uint8Array {
  const shape = { rows: image.rows * image.aspect, columns: image.columns };
  const grid = fitWithin(shape, longestThumbnail);
  const values = resample(Float32Array.from(image.values), image, grid);
  const bytes = Uint8Array.from(values, (value) => shade(value, image, window));
  return encodeGreyPng({ ...grid, bytes });
}

/** Fewer greys than a byte holds: at this size nobody sees the difference, and noise takes much room. */
const greys = 128;

/** 0 for black to nearly 255 (PS3.3 C.11.2.1.3, linear exact). */
function shade(
  value: number,
  { slope, intercept, inverted }: StoredValues,
  { center, width }: Window,
): number {
  const share = (value * slope + intercept - center) / width + 0.5;
  const bright = Math.min(1, Math.max(0, share));
  return (256 / greys) * Math.round((greys - 1) * (inverted ? 1 - bright : bright));
}
