import type { Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import { onnxViolation } from '../onnx-rules.ts';
import { decodeModel, encodeModel } from '../onnx/model-file.ts';
import type { ModelProto } from '../onnx/proto.ts';
import { type Calibration, calibrate, type Method } from './calibrate.ts';
import { compareModels, type Comparison, type Evaluation } from './compare.ts';
import { joinMembers } from './ensemble.ts';
import { judge, type Verdict } from './gate.ts';
import type { ImageSet } from './image-set.ts';
import { deriveInt8, type Variant, variants } from './int8-graph.ts';
import { type Latency, measureLatency } from './latency.ts';
import type { ModelRunner, RunningModel } from './model-runner.ts';
import { countOperators, type OperatorCount } from './operator-count.ts';
import { type Pruning, prune, sparsityOf } from './prune.ts';
import { simplify } from './simplify.ts';

/** What to derive int8 graphs from, and what to measure them on. */
export interface Quantisation {
  /** The members of an ensemble, or one model, in float32. */
  members: readonly Uint8Array[];
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

/** The int8 graphs of one kind, a member each in the same order, with what was measured of them. */
export interface Derived {
  variant: Variant;
  members: Uint8Array[];
  figures: Figures;
}

/** All that was measured of an int8 graph, or of the int8 graphs of an ensemble together. */
export interface Figures extends OperatorCount {
  /** Of all members. */
  bytes: { float32: number; int8: number };
  comparison: Comparison;
  latency: { float32: Latency; int8: Latency };
  verdicts: Verdict[];
}

export interface Quantised {
  /** One for each member. */
  calibrations: Calibration[];
  /** Share of zeros among the weights that became int8, in the mean of the members. */
  sparsity: number;
  derived: Derived[];
}

/**
 * Derives both int8 graphs of a model, or of each member of an ensemble, and measures what they decide together against
 * the float32 models as they were given, pruned or not. Throws BUNDLE_INVALID for a model that breaks a loader rule,
 * MODEL_FAULT for one that cannot be run or answers otherwise than the evaluation says.
 */
export async function quantise(work: Quantisation, workshop: Workshop): Promise<Quantised> {
  const { runner } = workshop;
  const { method } = work;
  const bases = work.members.map((member) => prepare(member, work.pruning));
  const calibrations: Calibration[] = [];
  for (const base of bases)
    calibrations.push(await calibrate(base, work.calibration, { runner, method }));
  const derived: Derived[] = [];
  for (const variant of variants) {
    const members = bases.map((base, at) =>
      encodeModel(deriveInt8(base, calibrations[at]!.tensors, variant)),
    );
    derived.push({ variant, members, figures: await measure(variant, members, work, workshop) });
  }
  const sparsity = bases.reduce((sum, base) => sum + sparsityOf(base), 0) / bases.length;
  return { calibrations, sparsity, derived };
}

function prepare(bytes: Uint8Array, pruning: Pruning | undefined): ModelProto {
  const violation = onnxViolation(bytes);
  if (violation !== undefined) throw new ScansideError('BUNDLE_INVALID', violation);
  const plain = simplify(decodeModel(bytes));
  return pruning === undefined ? plain : prune(plain, pruning);
}

async function measure(
  variant: Variant,
  members: readonly Uint8Array[],
  work: Quantisation,
  workshop: Workshop,
): Promise<Figures> {
  const { runner, clock } = workshop;
  const count = await countWorst(variant, members, work, workshop);
  const bytes = { float32: countBytes(work.members), int8: countBytes(members) };
  const float32 = await load(work.members, work, runner);
  const int8 = await load(members, work, runner);
  try {
    const comparison = await compareModels({ float32, int8 }, work.evaluation);
    const image = await work.calibration.read(0);
    const latency = await measureLatency({ float32, int8 }, image, clock);
    const verdicts = judge({ ...count, bytes, comparison });
    return { bytes, ...count, comparison, latency, verdicts };
  } finally {
    await float32.release();
    await int8.release();
  }
}

async function load(
  members: readonly Uint8Array[],
  { evaluation }: Quantisation,
  runner: ModelRunner,
): Promise<RunningModel> {
  const running: RunningModel[] = [];
  for (const member of members) running.push(await runner.load(member, { optimise: true }));
  return joinMembers(running, evaluation.outputs);
}

/** The count of the member that leaves most in float32. */
async function countWorst(
  variant: Variant,
  members: readonly Uint8Array[],
  work: Quantisation,
  { runner }: Workshop,
): Promise<OperatorCount> {
  const counts: OperatorCount[] = [];
  for (const [at, int8] of members.entries()) {
    const optimised = await runner.optimise(int8);
    counts.push(countOperators(variant, { float32: work.members[at]!, int8, optimised }));
  }
  const left = ({ operators, int8Operators }: OperatorCount) => operators - int8Operators;
  return counts.reduce((worst, count) => (left(count) > left(worst) ? count : worst));
}

function countBytes(files: readonly Uint8Array[]): number {
  return files.reduce((sum, { length }) => sum + length, 0);
}
