import { type Grid, resample } from '../resample.ts';
import type { NetworkInput } from './predictor.ts';

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

/**
 * The input with the pixels that are hidden, in every plane, filled from what lies around them. A black, grey or blurred
 * patch would have an edge or a brightness that is a finding of its own to the network.
 */
export function hide(
  { rows, columns, values }: NetworkInput,
  isHidden: (pixel: number) => boolean,
): Float32Array {
  const size = rows * columns;
  const weights = Float32Array.from({ length: size }, (_, pixel) => (isHidden(pixel) ? 0 : 1));
  const result = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += size) {
    const sums = values.slice(start, start + size).map((value, at) => value * weights[at]!);
    result.set(fill({ rows, columns, sums, weights }), start);
  }
  return result;
}
