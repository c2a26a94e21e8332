import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { createOnnxRunner } from '../cli/onnx-runner.ts';
import { disk } from '../device/files.ts';
import { decodeModel, encodeModel } from '../models/onnx/model-file.ts';
import { makeResidualNetwork, resnet18 } from '../models/onnx/residual-network.ts';
import { seededRandom } from '../models/phantom/random.ts';
import { calibrate } from '../models/quantise/calibrate.ts';
import { type ImageSet, imagesIn } from '../models/quantise/image-set.ts';
import { deriveInt8, variants } from '../models/quantise/int8-graph.ts';
import { simplify } from '../models/quantise/simplify.ts';
import { dicomPathUsage, measureDicomPath } from './dicom-path.ts';
import { describeLoad, readLoad } from './machine.ts';
import type { FromModelProcess, ToModelProcess } from './model-process.ts';
import { type ModelFigures, reportModels } from './models-report.ts';
import { writeReport } from './report.ts';

export const modelsUsage = `models: int8 graphs beside float32, on one thread of the processor
  --what speed    what to measure (default speed)
  --model FILE    also this float32 model (repeatable); one channel, outputs logits, cam, embedding
  --rounds N      runs of each graph for each batch; the median counts (default 31)
${dicomPathUsage}
  --dry           print, and leave benchmarks/README.md as it is`;

/** A float32 network and what its input is. */
interface Network {
  name: string;
  model: Uint8Array;
  shape: ImageSet['shape'];
}

/** Small enough to be measured in a minute, wide enough to be like those that are shipped. */
const small = { side: 224, stem: 5, widths: [16, 32, 64, 128], blocks: 1, outputs: 1 };

interface Options {
  /** Files of more float32 models. */
  model: string[];
  rounds: number;
  phantoms: number;
  every: number;
  dry: boolean;
}

/** One question each, with a section of benchmarks/README.md of its own. */
const measurements: Readonly<Record<string, (options: Options) => Promise<void>>> = {
  speed: measureSpeed,
  'dicom-path': measureDicomPath,
};

export async function models(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      what: { type: 'string', default: 'speed' },
      model: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string', default: '31' },
      phantoms: { type: 'string', default: '300' },
      every: { type: 'string', default: '1' },
      dry: { type: 'boolean', default: false },
    },
  });
  const rounds = positive('rounds', values.rounds);
  const phantoms = positive('phantoms', values.phantoms);
  const every = positive('every', values.every);
  const measure = measurements[values.what];
  if (!measure) throw new Error(`--what must be ${Object.keys(measurements).join(' or ')}`);
  await measure({ ...values, rounds, phantoms, every });
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name} must be a whole number`);
}

async function measureSpeed({ model, rounds, dry }: Options): Promise<void> {
  const load = readLoad();
  const folder = mkdtempSync(join(tmpdir(), 'scanside-bench-'));
  try {
    const measured: ModelFigures[] = [];
    for (const network of [...drawNetworks(), ...model.map(readNetwork)])
      measured.push(...(await measureNetwork(network, folder, rounds)));
    const runtime = `onnxruntime-node ${runtimeVersion()}`;
    const notes = `${runtime}; median of ${rounds}; ${describeLoad(load, readLoad())}.`;
    const content = `${notes}\n\n${reportModels(measured)}`;
    writeReport('models speed', content, { folder, dry });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runtimeVersion(): string {
  const require = createRequire(import.meta.url);
  return (require('onnxruntime-node/package.json') as { version: string }).version;
}

function drawNetworks(): Network[] {
  const forms = { 'ResNet-18, 11.2 M parameters': resnet18, 'small, 0.3 M parameters': small };
  return Object.entries(forms).map(([name, form]) => ({
    name,
    model: encodeModel(makeResidualNetwork(form, 1)),
    shape: [1, form.side, form.side],
  }));
}

function readNetwork(path: string): Network {
  const model = readFileSync(path);
  const dims = decodeModel(model).graph?.input[0]?.type?.tensorType?.shape?.dim ?? [];
  const [, channels = 1, rows = 1, columns = 1] = dims.map(({ dimValue }) => Number(dimValue ?? 1));
  return { name: basename(path), model, shape: [channels, rows, columns] };
}

/** Writes the float32 graph and those derived from it, calibrated with noise: for time it makes no difference. */
async function writeGraphs(network: Network, folder: string): Promise<[string, string][]> {
  const random = seededRandom(1, 'noise');
  const [channels, rows, columns] = network.shape;
  const values = Float32Array.from({ length: 4 * channels * rows * columns }, () =>
    random.uniform(0, 1),
  );
  const plain = simplify(decodeModel(network.model));
  const runner = createOnnxRunner(disk, folder);
  const method = 'minmax';
  const { tensors } = await calibrate(plain, imagesIn(values, network.shape), { runner, method });
  const derived = variants.map((variant): [string, Uint8Array] => {
    return [variant, encodeModel(deriveInt8(plain, tensors, variant))];
  });
  return [['float32', network.model] as const, ...derived].map(([graph, model]) => {
    const path = join(folder, `${graph}.onnx`);
    writeFileSync(path, model);
    return [graph, path];
  });
}

async function measureNetwork(
  network: Network,
  folder: string,
  rounds: number,
): Promise<ModelFigures[]> {
  const graphs = await writeGraphs(network, folder);
  const holders = graphs.map(() => startHolder());
  const values = network.shape.reduce((product, side) => product * side, 1);
  const measured = graphs.map(([graph, path]): ModelFigures => {
    const bytes = statSync(path).size;
    return { network: network.name, graph, bytes, loadMs: NaN, memory: 0, one: [], eight: [] };
  });
  for (const [at, [, path]] of graphs.entries())
    measured[at]!.loadMs = (await holders[at]!.ask({ load: path, values })).ms;
  for (const [batch, count] of Object.entries({ one: 1, eight: 8 }) as ['one' | 'eight', number][])
    // Rounds go around the graphs, so that a slow moment hits all alike. The first two are not counted.
    for (let round = -2; round < rounds; round++)
      for (const [at, holder] of holders.entries()) {
        const { ms, memory } = await holder.ask({ run: count });
        measured[at]!.memory = Math.max(measured[at]!.memory, memory);
        if (round >= 0) measured[at]![batch].push(ms);
      }
  for (const holder of holders) await holder.stop();
  console.error(`${network.name} measured`);
  return measured;
}

function startHolder() {
  const child = fork(join(import.meta.dirname, 'model-process.ts'));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    ask(message: ToModelProcess): Promise<FromModelProcess> {
      child.send(message);
      return new Promise((resolve, reject) => {
        child.once('message', (answer) => resolve(answer as FromModelProcess));
        void ended.then(() => reject(new Error('the process with the model ended')));
      });
    },
    stop(): Promise<void> {
      child.disconnect();
      return ended;
    },
  };
}
