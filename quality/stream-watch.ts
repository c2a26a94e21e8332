import { advanceLimited, type LimitedChart } from './cusum.ts';
import {
  type DriftState,
  type DriftVerdict,
  type DriftWatch,
  judgeDrift,
  makeDriftWatch,
  observeExam,
  startDrift,
  worstLevel,
} from './drift.ts';
import { addExam, emptyBlock, type ExamBlock, type Signals } from './exam-block.ts';
import { isScore, type Observation, populationSignal } from './signal.ts';

/** Exams of a scanner that become its own reference: two windows, so that chance in them is no alarm for ever. */
export const baselineExams = 400;

/** One exam as the stream of a model at one scanner meets it. The gate has stopped it where it is `outside`. */
export type StreamExam =
  { outside: true } | { outside: false; flagged: boolean; observation: Observation };

/** What is kept of a stream. Plain data. */
export interface StreamState {
  exams: number;
  /** Chart of exams outside the validated domain. */
  domain: number;
  /** The scanner's first exams under this bundle, against which later ones are held. */
  baseline: ExamBlock;
  /** Since the baseline is whole. */
  drift?: DriftState | undefined;
  /** Beside the reference of the bundle, where it brings one. */
  bundle?: DriftState | undefined;
}

/** What a stream of a model is watched for. */
export interface StreamRules {
  signals: Signals;
  /** Undefined where the bundle has no gate. */
  domain: LimitedChart | undefined;
  /** What the bundle counted; undefined where it brings nothing, or the scanner's own exams have taken its place. */
  bundle?: DriftWatch | undefined;
}

export interface StreamVerdict {
  level: DriftVerdict['level'];
  /** So many are outside, or beyond the line, that this is another population, or another kind of image. */
  otherPopulation: boolean;
  /** Beside the scanner's own first exams; undefined while these are being gathered. */
  drift: DriftVerdict | undefined;
  /** Beside the reference of the bundle. */
  bundle?: DriftVerdict | undefined;
}

export function startStream({ signals }: StreamRules): StreamState {
  return { exams: 0, domain: 0, baseline: emptyBlock(signals) };
}

/** The watch that a whole baseline gives; undefined before. Dear to make: keep it. */
export function watchOf(rules: StreamRules, { baseline }: StreamState): DriftWatch | undefined {
  return baseline.exams < baselineExams ? undefined : makeDriftWatch(rules.signals, baseline);
}

/** Whether an exam counts for another population: the gate has stopped it, or it lies beyond the line. */
function isStrange(exam: StreamExam): boolean {
  return exam.outside || Number(exam.observation[populationSignal]) > 1;
}

/** The stream after one more exam. An exam that the gate has stopped has no answer that could be counted. */
export function observeStream(
  rules: StreamRules,
  watch: DriftWatch | undefined,
  state: StreamState,
  exam: StreamExam,
): StreamState {
  const { domain: chart, bundle } = rules;
  const domain = chart ? advanceLimited(chart, state.domain, isStrange(exam)) : 0;
  const seen = { ...state, exams: state.exams + 1, domain };
  if (exam.outside) return seen;
  const next = bundle
    ? { ...seen, bundle: observeExam(bundle, state.bundle ?? startDrift(bundle), exam) }
    : seen;
  if (!watch) return { ...next, baseline: addExam(rules.signals, state.baseline, exam) };
  return { ...next, drift: observeExam(watch, state.drift ?? startDrift(watch), exam) };
}

/** Chance of so large a distance from the bundle's exams below which their index may be an alarm. */
const strangerP = 1e-4;

/**
 * How a stream stands beside the bundle's reference. Probabilities and flags hang on how common the finding is, which
 * is the site's own: they are worth a look, and no alarm. Nor are a few hundred patients of another hospital all that a
 * site may have: index and distance must both be large.
 */
function judgeBundle(watch: DriftWatch, state: DriftState): DriftVerdict {
  const { exams, signals } = judgeDrift(watch, state);
  const judged = signals.map((each) =>
    each.level === 'alarm' && (isScore(each.signal) || (each.p ?? 1) >= strangerP)
      ? { ...each, level: 'watch' as const }
      : each,
  );
  return { level: worstLevel(judged.map(({ level }) => level)), exams, signals: judged };
}

/** What a stream says of itself. Before its baseline is whole only the gate and the bundle's reference can speak. */
export function judgeStream(
  rules: StreamRules,
  watch: DriftWatch | undefined,
  state: StreamState,
): StreamVerdict {
  const otherPopulation = rules.domain !== undefined && state.domain >= rules.domain.limit;
  const drift = watch && state.drift && judgeDrift(watch, state.drift);
  const bundle = rules.bundle && state.bundle && judgeBundle(rules.bundle, state.bundle);
  const level = otherPopulation
    ? 'alarm'
    : worstLevel([drift?.level ?? 'unknown', bundle?.level ?? 'unknown']);
  return { level, otherPopulation, drift, ...(bundle && { bundle }) };
}
