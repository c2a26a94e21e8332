import { type Grid, resample } from '../resample.ts';
import type { NetworkInput } from './predictor.ts';

/** What hidden pixels are replaced with. A black or grey patch would be a finding of its own to the network. */
export const replacements = ['blur', 'surroundings'] as const;

/**
 * `blur`, the input without what is small, removes large findings too, but is brighter or darker than what lies around.
 * `surroundings`, filled smoothly from what is shown, hides small things better and continues large ones.
 */
export type Replacement = (typeof replacements)[number];

/** A picture of which only some pixels are known: values times their weight, and the weights, 0 where unknown. */
interface Known extends Grid {
  sums: Float32Array;
  weights: Float32Array;
}

const half = (length: number) => Math.ceil(length / 2);

/** Adds up every two by two pixels. */
function pull({ rows, columns, sums, weights }: Known): Known {
  const size = { rows: half(rows), columns: half(columns) };
  const coarse = {
    ...size,
    sums: new Float32Array(size.rows * size.columns),
    weights: new Float32Array(size.rows * size.columns),
  };
  for (let at = 0; at < sums.length; at++) {
    const row = Math.floor(at / columns) >> 1;
    const to = row * size.columns + ((at % columns) >> 1);
    coarse.sums[to]! += sums[at]!;
    coarse.weights[to]! += weights[at]!;
  }
  return coarse;
}

/**
 * Fills what is unknown with what lies around it, the farther the coarser (pull-push, Gortler et al., 1996): smooth,
 * without an edge of its own, and as bright as its surroundings.
 */
function fill(known: Known): Float32Array {
  const { rows, columns, sums, weights } = known;
  const isComplete = weights.every((weight) => weight > 0);
  if (isComplete || (rows === 1 && columns === 1))
    return sums.map((sum, at) => (weights[at]! > 0 ? sum / weights[at]! : 0));
  const coarse = pull(known);
  const doubled = { rows: 2 * coarse.rows, columns: 2 * coarse.columns };
  const around = resample(fill(coarse), coarse, doubled, 'bilinear');
  return sums.map((sum, at) => {
    if (weights[at]! > 0) return sum / weights[at]!;
    return around[Math.floor(at / columns) * doubled.columns + (at % columns)]!;
  });
}

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

/** The plane with the hidden pixels filled; `weights` are 0 there and 1 elsewhere. */
function fillHidden(plane: Float32Array, grid: Grid, weights: Float32Array): Float32Array {
  const sums = plane.map((value, at) => value * weights[at]!);
  return fill({ rows: grid.rows, columns: grid.columns, sums, weights });
}

function mix(plane: Float32Array, veil: Float32Array, weights: Float32Array): Float32Array {
  return plane.map((value, at) => (weights[at] === 0 ? veil[at]! : value));
}

/** Makes the input with the pixels that are hidden replaced, in every plane. */
export type Hide = (isHidden: (pixel: number) => boolean) => Float32Array;

/** `reach`: pixels to each side over which a blur takes its means, three times. */
export function hiderOf(input: NetworkInput, replacement: Replacement, reach: number): Hide {
  const { rows, columns, values } = input;
  const size = rows * columns;
  const planes = Array.from({ length: values.length / size }, (_, plane) =>
    values.subarray(plane * size, (plane + 1) * size),
  );
  const veils = replacement === 'blur' ? planes.map((plane) => blurPlane(plane, input, reach)) : [];
  return (isHidden) => {
    const weights = Float32Array.from({ length: size }, (_, pixel) => (isHidden(pixel) ? 0 : 1));
    const result = new Float32Array(values.length);
    for (const [at, plane] of planes.entries()) {
      const veil = veils[at];
      result.set(veil ? mix(plane, veil, weights) : fillHidden(plane, input, weights), at * size);
    }
    return result;
  };
}
