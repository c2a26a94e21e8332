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

function kernels(inputs: number, outputs: number, name: KernelName): Kernel[] {
  const kernel = name === 'area' && inputs > outputs ? areaKernel : linearKernel;
  return Array.from({ length: outputs }, (_, at) => kernel(at, inputs / outputs, inputs));
}

/** Resamples `lines` rows of `inputs` samples each and transposes, so that a second call does the other axis. */
function resampleAndTranspose(
  values: Float32Array,
  lines: number,
  [inputs, outputs]: [number, number],
  name: KernelName,
): Float32Array {
  const result = new Float32Array(lines * outputs);
  const kernel = kernels(inputs, outputs, name);
  for (let line = 0; line < lines; line++)
    for (const [at, { first, weights }] of kernel.entries()) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++)
        sum += (weights[k] ?? 0) * (values[line * inputs + first + k] ?? 0);
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
