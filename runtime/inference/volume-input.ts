import type { Manifest } from '../../models/manifest.ts';
import { preprocess, type StoredImage } from '../../models/preprocess.ts';
import { makeVolume } from '../../models/volume.ts';

type Sizes = [slices: number, rows: number, columns: number];

/** Where a length lies in another one when both have the same middle; negative where it begins before. */
function offset(from: number, to: number): number {
  return Math.floor((from - to) / 2);
}

/** The middle of a grid in the sizes that are wanted; what lies beyond it takes its lowest value. */
export function fitGrid(values: Float32Array, from: Sizes, to: Sizes): Float32Array {
  const [slices, rows, columns] = to;
  const lowest = values.reduce((least, value) => Math.min(least, value), Infinity);
  const fitted = new Float32Array(slices * rows * columns).fill(lowest);
  const [slice, row, column] = [0, 1, 2].map((axis) => offset(from[axis]!, to[axis]!)) as Sizes;
  const first = Math.max(0, -column);
  const width = Math.min(columns, from[2] - column) - first;
  for (let s = Math.max(0, -slice); s < Math.min(slices, from[0] - slice); s++)
    for (let r = Math.max(0, -row); r < Math.min(rows, from[1] - row); r++) {
      const start = ((s + slice) * from[1] + r + row) * from[2] + column + first;
      fitted.set(values.subarray(start, start + width), (s * rows + r) * columns + first);
    }
  return fitted;
}

/**
 * A series as one input: each slice preprocessed, all of them resampled to the spacing of the manifest, the middle of
 * it taken. Throws DATA_SET_UNREADABLE where the slices are no stack.
 */
export function assembleVolume(
  { preprocess: steps, network: { input } }: Manifest,
  images: readonly StoredImage[],
): Float32Array {
  const [slices, rows, columns] = input.spacing!;
  const volume = makeVolume(
    images.map((image) => preprocess(image, steps)),
    { slices, rows, columns },
  );
  const found: Sizes = [volume.slices, volume.rows, volume.columns];
  return fitGrid(volume.values, found, [input.slices, input.rows, input.columns]);
}
