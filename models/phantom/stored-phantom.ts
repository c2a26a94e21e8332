import type { StoredImage } from '../preprocess.ts';
import type { Phantom } from './phantom.ts';

/** A phantom as a 12-bit detector would store it. */
export function storePhantom({ pixels }: Pick<Phantom, 'pixels'>): StoredImage {
  const side = Math.sqrt(pixels.length);
  return {
    rows: side,
    columns: side,
    values: pixels.map((pixel) => Math.round(pixel * 4095)),
    range: [0, 4095],
    photometric: 'MONOCHROME2',
    slope: 1,
    intercept: 0,
  };
}
