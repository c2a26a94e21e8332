import type { Grid } from '../resample.ts';
import type { NetworkInput } from './predictor.ts';

/** Means of `2 × radius + 1` neighbours along each row, fewer at its ends, written as columns. */
function averageAndTranspose(
  values: Float32Array,
  { rows, columns }: Grid,
  radius: number,
): Float32Array {
  const result = new Float32Array(values.length);
  const sums = new Float64Array(columns + 1);
  for (let row = 0; row < rows; row++) {
    for (let at = 0; at < columns; at++) sums[at + 1] = sums[at]! + values[row * columns + at]!;
    for (let at = 0; at < columns; at++) {
      const [start, end] = [Math.max(0, at - radius), Math.min(columns, at + radius + 1)];
      result[at * rows + row] = (sums[end]! - sums[start]!) / (end - start);
    }
  }
  return result;
}

function blurPlane(plane: Float32Array, grid: Grid, radius: number): Float32Array {
  const turned = { rows: grid.columns, columns: grid.rows };
  let values = plane;
  // Three boxes one after another are close to a Gaussian.
  for (let pass = 0; pass < 3; pass++)
    values = averageAndTranspose(averageAndTranspose(values, grid, radius), turned, radius);
  return values;
}

/**
 * What hidden parts of an input are replaced with: the input without anything smaller than about `radius` pixels. A
 * black or grey patch would be a finding of its own to the network.
 */
export function veilOf({ rows, columns, values }: NetworkInput, radius: number): Float32Array {
  const size = rows * columns;
  const veil = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += size)
    veil.set(blurPlane(values.subarray(start, start + size), { rows, columns }, radius), start);
  return veil;
}

/** The input with its veil wherever a pixel is hidden, in every plane. */
export function hide(
  { rows, columns, values }: NetworkInput,
  veil: Float32Array,
  isHidden: (pixel: number) => boolean,
): Float32Array {
  const size = rows * columns;
  const result = values.slice();
  for (let pixel = 0; pixel < size; pixel++)
    if (isHidden(pixel))
      for (let at = pixel; at < values.length; at += size) result[at] = veil[at]!;
  return result;
}
