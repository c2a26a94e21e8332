import { createHash } from 'node:crypto';
import { encodeModel } from '../onnx/model-file.ts';
import { dataTypes, type ModelProto } from '../onnx/proto.ts';
import { graphOf, withGraph } from './graph-index.ts';
import { batchesOf, type ImageSet } from './image-set.ts';
import { type Ranges, tensorsToObserve } from './int8-graph.ts';
import type { ModelRunner, RunningModel } from './model-runner.ts';
import type { Range } from './scale.ts';

/** Extremes, or the range without the outermost values: `minmax` keeps outliers, `percentile` gives up on them. */
export const methods = ['minmax', 'percentile'] as const;

export type Method = (typeof methods)[number];

/** What becomes ranges.json. */
export interface Calibration {
  /** Version of this tool's arithmetic. */
  tool: string;
  method: Method;
  images: {
    count: number;
    /** Of all values of all images in order, little-endian float32. */
    sha256: string;
  };
  tensors: Ranges;
}

export const tool = 'scanside quantise 1';

/** Few, because every value of the network is kept for each. */
const batch = 4;

/** Share of the values that the range of `percentile` spans, outermost ones evenly left out. */
const kept = 0.9999;
const bins = 4096;

/**
 * Runs a simplified float32 model over the images and records between which bounds each value lies that int8 has to
 * represent. Throws RangeError for a value that is not finite.
 */
export async function calibrate(
  model: ModelProto,
  images: ImageSet,
  { runner, method }: { runner: ModelRunner; method: Method },
): Promise<Calibration> {
  const names = tensorsToObserve(model);
  const running = await runner.load(encodeModel(withOutputs(model, names)), { optimise: false });
  const pass = { images, names, input: graphOf(model).input[0]?.name ?? '' };
  try {
    const { ranges, sha256 } = await findExtremes(running, pass);
    const tensors = method === 'minmax' ? ranges : await findPercentiles(running, pass, ranges);
    return { tool, method, images: { count: images.count, sha256 }, tensors };
  } finally {
    await running.release();
  }
}

function withOutputs(model: ModelProto, names: readonly string[]): ModelProto {
  const { output, input } = graphOf(model);
  const known = new Set([...output, ...input].map(({ name }) => name));
  const added = names.filter((name) => !known.has(name));
  // A shape would have to be right; that they are float32 tensors is enough.
  const type = { tensorType: { elemType: dataTypes.float32 } };
  const values = added.map((name) => ({ name, type, metadataProps: [] }));
  return withGraph(model, { output: [...output, ...values] });
}

interface Pass {
  images: ImageSet;
  names: readonly string[];
  input: string;
}

/** Calls `see` with all values of each name, batch by batch. */
async function observe(
  running: RunningModel,
  { images, names, input }: Pass,
  see: (name: string, values: Float32Array) => void,
): Promise<void> {
  for await (const { count, values } of batchesOf(images, batch)) {
    const answers = await running.run(values, count);
    for (const name of names) see(name, name === input ? values : answers[name]!.values);
  }
}

async function findExtremes(
  running: RunningModel,
  pass: Pass,
): Promise<{ ranges: Ranges; sha256: string }> {
  const hash = createHash('sha256');
  const read = async (at: number) => {
    const values = await pass.images.read(at);
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return values;
  };
  const ranges: Record<string, Range> = {};
  await observe(running, { ...pass, images: { ...pass.images, read } }, (name, values) => {
    ranges[name] = widen(ranges[name] ?? { low: Infinity, high: -Infinity }, name, values);
  });
  return { ranges, sha256: hash.digest('hex') };
}

function widen(range: Range, name: string, values: Float32Array): Range {
  let { low, high } = range;
  for (const value of values) {
    if (!Number.isFinite(value)) throw new RangeError(`${name} is not finite`);
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

async function findPercentiles(
  running: RunningModel,
  pass: Pass,
  extremes: Ranges,
): Promise<Ranges> {
  const counts: Record<string, Uint32Array> = {};
  await observe(running, pass, (name, values) => {
    count((counts[name] ??= new Uint32Array(bins)), extremes[name]!, values);
  });
  const ranges = pass.names.map((name) => [name, trim(extremes[name]!, counts[name]!)] as const);
  return Object.fromEntries(ranges);
}

function count(counts: Uint32Array, { low, high }: Range, values: Float32Array): void {
  const width = (high - low) / bins || 1;
  for (const value of values) {
    const bin = Math.min(bins - 1, Math.floor((value - low) / width));
    counts[bin] = counts[bin]! + 1;
  }
}

/** The range without the outermost bins that hold too few values to matter. */
export function trim({ low, high }: Range, counts: Uint32Array): Range {
  const spare = (counts.reduce((sum, value) => sum + value, 0) * (1 - kept)) / 2;
  const width = (high - low) / counts.length;
  const below = skip(counts, spare);
  const above = skip(counts.toReversed(), spare);
  return { low: low + below * width, high: high - above * width };
}

/** How many bins from the start hold no more than `spare` values together. */
function skip(counts: Uint32Array, spare: number): number {
  let sum = 0;
  const first = counts.findIndex((value) => (sum += value) > spare);
  return Math.max(0, first);
}
