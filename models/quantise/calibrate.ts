import { createHash } from 'node:crypto';
import { encodeModel } from '../onnx/model-file.ts';
import { dataTypes, type ModelProto } from '../onnx/proto.ts';
import { graphOf, withGraph } from './graph-index.ts';
import { batchesOf, type ImageSet } from './image-set.ts';
import { tensorsToObserve } from './int8-graph.ts';
import type { Answer, ModelRunner, RunningModel } from './model-runner.ts';
import { Histogram, type Observations, Observer } from './observation.ts';

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
  tensors: Observations;
}

export const tool = 'scanside quantise 1';

/** Few, because every value of the network is kept for each. */
const batch = 4;

/** Share of the values that the range of `percentile` spans, outermost ones evenly left out. */
const kept = 0.9999;

/**
 * Runs a simplified float32 model over the images and records between which bounds each value lies that int8 has to
 * represent. Throws MODEL_FAULT for a value that is not finite.
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
    const extremes = await findExtremes(running, pass);
    const { sha256 } = extremes;
    const tensors =
      method === 'minmax'
        ? extremes.tensors
        : await findPercentiles(running, pass, extremes.tensors);
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

/** Calls `see` with each value of each batch. */
async function observe(
  running: RunningModel,
  { images, names, input }: Pass,
  see: (name: string, answer: Answer) => void,
): Promise<void> {
  for await (const { count, values } of batchesOf(images, batch)) {
    const answers = await running.run(values, count);
    const all = { ...answers, [input]: { values, dims: [count, ...images.shape] } };
    for (const name of names) see(name, all[name]!);
  }
}

async function findExtremes(
  running: RunningModel,
  pass: Pass,
): Promise<{ tensors: Observations; sha256: string }> {
  const hash = createHash('sha256');
  const read = async (at: number) => {
    const values = await pass.images.read(at);
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return values;
  };
  const observers = new Map(pass.names.map((name) => [name, new Observer(name)]));
  await observe(running, { ...pass, images: { ...pass.images, read } }, (name, answer) =>
    observers.get(name)!.see(answer),
  );
  const observed = [...observers].map(([name, observer]) => [name, observer.finish()] as const);
  return { tensors: Object.fromEntries(observed), sha256: hash.digest('hex') };
}

async function findPercentiles(
  running: RunningModel,
  pass: Pass,
  extremes: Observations,
): Promise<Observations> {
  const histograms = new Map(pass.names.map((name) => [name, new Histogram(extremes[name]!)]));
  await observe(running, pass, (name, answer) => histograms.get(name)!.see(answer));
  const observed = [...histograms].map(([name, histogram]) => {
    return [name, { ...extremes[name]!, ...histogram.trim(kept) }] as const;
  });
  return Object.fromEntries(observed);
}
