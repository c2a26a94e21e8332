import type { Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import { onnxViolation } from '../onnx-rules.ts';
import { decodeModel, encodeModel } from '../onnx/model-file.ts';
import type { ModelProto } from '../onnx/proto.ts';
import { type Calibration, calibrate, type Method } from './calibrate.ts';
import { compareModels, type Comparison, type Evaluation } from './compare.ts';
import { judge, type Verdict } from './gate.ts';
import { graphOf } from './graph-index.ts';
import type { ImageSet } from './image-set.ts';
import { deriveInt8, type Variant, variants } from './int8-graph.ts';
import { type Latency, measureLatency } from './latency.ts';
import type { ModelRunner } from './model-runner.ts';
import { type Pruning, prune, sparsityOf } from './prune.ts';
import { simplify } from './simplify.ts';

/** What to derive int8 graphs from, and what to measure them on. */
export interface Quantisation {
  /** A float32 model. */
  model: Uint8Array;
  calibration: ImageSet;
  method: Method;
  pruning?: Pruning | undefined;
  evaluation: Evaluation;
}

/** What works on it. */
export interface Workshop {
  runner: ModelRunner;
  clock: Clock;
}

export interface Derived {
  variant: Variant;
  model: Uint8Array;
  figures: Figures;
}

/** All that was measured of one int8 graph. */
export interface Figures {
  bytes: { float32: number; int8: number };
  /** Convolutions and Gemms, and those of them that compute in int8. */
  operators: number;
  int8Operators: number;
  /** Operators of the graph as it runs on this machine, by type. */
  runsAs: Readonly<Record<string, number>>;
  comparison: Comparison;
  latency: { float32: Latency; int8: Latency };
  verdicts: Verdict[];
}

export interface Quantised {
  calibration: Calibration;
  /** Share of zeros among the weights that became int8. */
  sparsity: number;
  derived: Derived[];
}

/**
 * Derives both int8 graphs of a model and measures each against the float32 model as it was given, pruned or not.
 * Throws BUNDLE_INVALID for a model that breaks a loader rule, MODEL_FAULT for one that cannot be run or answers
 * otherwise than the evaluation says.
 */
export async function quantise(work: Quantisation, workshop: Workshop): Promise<Quantised> {
  const plain = simplify(readModel(work.model));
  const base = work.pruning === undefined ? plain : prune(plain, work.pruning);
  const { runner } = workshop;
  const calibration = await calibrate(base, work.calibration, { runner, method: work.method });
  const derived: Derived[] = [];
  for (const variant of variants) {
    const model = encodeModel(deriveInt8(base, calibration.tensors, variant));
    const figures = await measure({ variant, model }, work, workshop);
    derived.push({ variant, model, figures });
  }
  return { calibration, sparsity: sparsityOf(base), derived };
}

function readModel(bytes: Uint8Array): ModelProto {
  const violation = onnxViolation(bytes);
  if (violation !== undefined) throw new ScansideError('BUNDLE_INVALID', violation);
  return decodeModel(bytes);
}

async function measure(
  { variant, model }: Pick<Derived, 'variant' | 'model'>,
  work: Quantisation,
  { runner, clock }: Workshop,
): Promise<Figures> {
  const runsAs = countOperators(decodeModel(await runner.optimise(model)));
  const float32 = await runner.load(work.model, { optimise: true });
  const int8 = await runner.load(model, { optimise: true });
  try {
    const comparison = await compareModels({ float32, int8 }, work.evaluation);
    const image = await work.calibration.read(0);
    const latency = await measureLatency({ float32, int8 }, image, clock);
    const operators = countWeighted(countOperators(decodeModel(work.model)));
    const int8Operators = variant === 'int8.cpu' ? countFused(runsAs) : countStored(model);
    const bytes = { float32: work.model.length, int8: model.length };
    const verdicts = judge({ operators, int8Operators, bytes, comparison });
    const counts = { operators, int8Operators, runsAs };
    return { bytes, ...counts, comparison, latency, verdicts };
  } finally {
    await float32.release();
    await int8.release();
  }
}

type Counts = Readonly<Record<string, number>>;

function countOperators(model: ModelProto): Counts {
  const counts: Record<string, number> = {};
  for (const { opType = '' } of graphOf(model).node) counts[opType] = (counts[opType] ?? 0) + 1;
  return counts;
}

function sum(counts: Counts, types: readonly string[]): number {
  return types.reduce((total, type) => total + (counts[type] ?? 0), 0);
}

function countWeighted(counts: Counts): number {
  return sum(counts, ['Conv', 'Gemm']);
}

/** What ONNX Runtime makes of a convolution or Gemm between its quantisations. */
function countFused(counts: Counts): number {
  return sum(counts, ['QLinearConv', 'ConvInteger', 'QGemm', 'QLinearMatMul']);
}

/** Convolutions and Gemms that read stored weights; whether TensorRT fuses them only TensorRT can say. */
function countStored(bytes: Uint8Array): number {
  const { node } = graphOf(decodeModel(bytes));
  const read = node.filter(({ opType }) => opType === 'DequantizeLinear');
  const names = new Set(read.flatMap(({ output }) => output));
  const weighted = node.filter(({ opType }) => opType === 'Conv' || opType === 'Gemm');
  return weighted.filter(({ input }) => names.has(input[1] ?? '')).length;
}
