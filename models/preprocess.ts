import type { PreprocessStep } from './manifest.ts';

/** Grows whenever a step answers differently than before: no result of another version is taken again. */
export const preprocessVersion = 1;

/** An image as a modality stored it, before any step. */
export interface StoredImage {
  rows: number;
  columns: number;
  /** Stored values, row by row. */
  values: Float32Array;
  /** Smallest and largest value that can be stored. */
  range: [number, number];
  /** Photometric Interpretation (0028,0004). In MONOCHROME1 the lowest value is white. */
  photometric: 'MONOCHROME1' | 'MONOCHROME2';
  /** Rescale Slope (0028,1053) and Intercept (0028,1052); 1 and 0 where absent. */
  slope: number;
  intercept: number;
}

type StepOf<Name extends PreprocessStep['step']> = Extract<PreprocessStep, { step: Name }>;

function rescale(image: StoredImage): StoredImage {
  const { values, range, slope, intercept } = image;
  if (slope === 1 && intercept === 0) return image;
  const ends = range.map((value) => value * slope + intercept).sort((a, b) => a - b);
  return {
    ...image,
    values: values.map((value) => value * slope + intercept),
    range: [ends[0] ?? 0, ends[1] ?? 0],
    slope: 1,
    intercept: 0,
  };
}

function makeMonochrome2(image: StoredImage): StoredImage {
  if (image.photometric === 'MONOCHROME2') return image;
  const mirror = image.range[0] + image.range[1];
  const values = image.values.map((value) => mirror - value);
  return { ...image, values, photometric: 'MONOCHROME2' };
}

/** Maps [low, high] to [0, 1] and clips. An image without contrast becomes all 0. */
function stretch(image: StoredImage, low: number, high: number): StoredImage {
  const scale = high > low ? 1 / (high - low) : 0;
  const values = image.values.map((value) => Math.min(1, Math.max(0, (value - low) * scale)));
  return { ...image, values, range: [0, 1] };
}

function percentileWindow(
  image: StoredImage,
  { low, high }: StepOf<'percentile-window'>,
): StoredImage {
  const sorted = image.values.toSorted();
  const at = (percent: number) => sorted[Math.round((percent / 100) * (sorted.length - 1))] ?? 0;
  return stretch(image, at(low), at(high));
}

function window(image: StoredImage, { centre, width }: StepOf<'window'>): StoredImage {
  return stretch(image, centre - width / 2, centre + width / 2);
}

/** For one output sample: the first input sample it reads and the weight of each from there on. */
interface Kernel {
  first: number;
  weights: number[];
}

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

function kernels(inputs: number, outputs: number): Kernel[] {
  const kernel = inputs > outputs ? areaKernel : linearKernel;
  return Array.from({ length: outputs }, (_, at) => kernel(at, inputs / outputs, inputs));
}

/** Resamples `lines` rows of `inputs` samples each and transposes, so that a second call does the other axis. */
function resampleAndTranspose(
  values: Float32Array,
  lines: number,
  inputs: number,
  outputs: number,
): Float32Array {
  const result = new Float32Array(lines * outputs);
  const kernel = kernels(inputs, outputs);
  for (let line = 0; line < lines; line++)
    for (const [at, { first, weights }] of kernel.entries()) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++)
        sum += (weights[k] ?? 0) * (values[line * inputs + first + k] ?? 0);
      result[at * lines + line] = sum;
    }
  return result;
}

function resize(image: StoredImage, { rows, columns }: StepOf<'resize'>): StoredImage {
  const narrow = resampleAndTranspose(image.values, image.rows, image.columns, columns);
  const values = resampleAndTranspose(narrow, columns, image.rows, rows);
  return { ...image, values, rows, columns };
}

function normalise(
  image: StoredImage,
  { mean, standardDeviation }: StepOf<'normalise'>,
): StoredImage {
  return { ...image, values: image.values.map((value) => (value - mean) / standardDeviation) };
}

function apply(image: StoredImage, step: PreprocessStep): StoredImage {
  switch (step.step) {
    case 'modality-lut':
      return rescale(image);
    case 'photometric':
      return makeMonochrome2(image);
    case 'percentile-window':
      return percentileWindow(image, step);
    case 'window':
      return window(image, step);
    case 'resize':
      return resize(image, step);
    // `normalise`; a step added to the manifest and not handled above would not compile here.
    default:
      return normalise(image, step);
  }
}

/**
 * Runs a manifest's steps in order. Training data, golden cases and patients' images all pass through here, so that
 * a model sees in service what it was trained on.
 */
export function preprocess(image: StoredImage, steps: readonly PreprocessStep[]): StoredImage {
  return steps.reduce(apply, image);
}
