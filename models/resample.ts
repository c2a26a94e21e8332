/** For one output sample: the first input sample it reads and the weight of each from there on. */
interface Kernel {
  first: number;
  weights: number[];
}

export type KernelName = 'area' | 'bilinear';

/** Every input sample weighs as much of the output sample as it covers. */
function areaKernel(at: number, scale: number, inputs: number): Kernel {
  const [start, end] = [at * scale, Math.min(inputs, (at + 1) * scale)];
  const first = Math.floor(start);
  const weights: number[] = [];
  for (let input = first; input < end; input++)
    weights.push((Math.min(end, input + 1) - Math.max(start, input)) / scale);
  return { first, weights };
}

/** Between the centres of the two nearest input samples. */
function linearKernel(at: number, scale: number, inputs: number): Kernel {
  const centre = Math.min(inputs - 1, Math.max(0, (at + 0.5) * scale - 0.5));
  const first = Math.min(inputs - 2, Math.floor(centre));
  return first < 0
    ? { first: 0, weights: [1] }
    : { first, weights: [1 - (centre - first), centre - first] };
}

/** The kernels of all output samples, one after the other. */
interface Kernels {
  firsts: Int32Array;
  /** Where in `weights` a sample's begin; one more than there are samples. */
  starts: Int32Array;
  weights: Float64Array;
}

function kernels(inputs: number, outputs: number, name: KernelName): Kernels {
  const kernel = name === 'area' && inputs > outputs ? areaKernel : linearKernel;
  const all = Array.from({ length: outputs }, (_, at) => kernel(at, inputs / outputs, inputs));
  const starts = new Int32Array(outputs + 1);
  for (const [at, { weights }] of all.entries()) starts[at + 1] = starts[at]! + weights.length;
  return {
    firsts: Int32Array.from(all, ({ first }) => first),
    starts,
    weights: Float64Array.from(all.flatMap(({ weights }) => weights)),
  };
}

/** Resamples `lines` rows of `inputs` samples each and transposes, so that a second call does the other axis. */
function resampleAndTranspose(
  values: Float32Array,
  lines: number,
  [inputs, outputs]: [number, number],
  name: KernelName,
): Float32Array {
  const result = new Float32Array(lines * outputs);
  const { firsts, starts, weights } = kernels(inputs, outputs, name);
  for (let line = 0; line < lines; line++)
    for (let at = 0; at < outputs; at++) {
      const [start, end] = [starts[at]!, starts[at + 1]!];
      const offset = line * inputs + firsts[at]! - start;
      let sum = 0;
      for (let k = start; k < end; k++) sum += weights[k]! * values[offset + k]!;
      result[at * lines + line] = sum;
    }
  return result;
}

export interface Grid {
  rows: number;
  columns: number;
}

/** Resamples a picture from one grid to another that covers the same area. */
export function resample(
  values: Float32Array,
  from: Grid,
  to: Grid,
  kernel: KernelName = 'area',
): Float32Array {
  const narrow = resampleAndTranspose(values, from.rows, [from.columns, to.columns], kernel);
  return resampleAndTranspose(narrow, to.columns, [from.rows, to.rows], kernel);
}
