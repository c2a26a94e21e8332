import type { Grid } from '../resample.ts';

/** What a network is given: one or more planes of the same grid, one after the other. */
export interface NetworkInput extends Grid {
  values: Float32Array;
}

/** The logit of the finding to explain, for each input. */
export type Predict = (inputs: readonly Float32Array[]) => Promise<number[]>;

/** Inputs that are in memory at once: all variants of a large input would fill it. */
const together = 32;

/** Logits of `count` variants of an input, which are made only when it is their turn. */
export async function predictEach(
  predict: Predict,
  count: number,
  make: (at: number) => Float32Array,
): Promise<Float64Array> {
  const logits = new Float64Array(count);
  for (let start = 0; start < count; start += together) {
    const length = Math.min(together, count - start);
    logits.set(await predict(Array.from({ length }, (_, at) => make(start + at))), start);
  }
  return logits;
}
