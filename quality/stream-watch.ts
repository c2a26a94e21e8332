import { advanceLimited, type LimitedChart } from './cusum.ts';
import {
  type DriftState,
  type DriftVerdict,
  type DriftWatch,
  judgeDrift,
  makeDriftWatch,
  observeExam,
  startDrift,
} from './drift.ts';
import { addExam, emptyBlock, type ExamBlock, type Signals } from './exam-block.ts';
import type { Observation } from './signal.ts';

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
}

/** What a stream of a model is watched for. `domain`: undefined where the bundle has no gate. */
export interface StreamRules {
  signals: Signals;
  domain: LimitedChart | undefined;
}

export interface StreamVerdict {
  level: DriftVerdict['level'];
  /** The gate stops so many that this is another population, or another kind of image. */
  otherPopulation: boolean;
  /** Undefined while the baseline is being gathered. */
  drift: DriftVerdict | undefined;
}

export function startStream({ signals }: StreamRules): StreamState {
  return { exams: 0, domain: 0, baseline: emptyBlock(signals) };
}

/** The watch that a whole baseline gives; undefined before. Dear to make: keep it. */
export function watchOf(rules: StreamRules, { baseline }: StreamState): DriftWatch | undefined {
  return baseline.exams < baselineExams ? undefined : makeDriftWatch(rules.signals, baseline);
}

/** The stream after one more exam. An exam that the gate has stopped has no answer that could be counted. */
export function observeStream(
  rules: StreamRules,
  watch: DriftWatch | undefined,
  state: StreamState,
  exam: StreamExam,
): StreamState {
  const { domain: chart } = rules;
  const domain = chart ? advanceLimited(chart, state.domain, exam.outside) : 0;
  const next = { ...state, exams: state.exams + 1, domain };
  if (exam.outside) return next;
  if (!watch) return { ...next, baseline: addExam(rules.signals, state.baseline, exam) };
  return { ...next, drift: observeExam(watch, state.drift ?? startDrift(watch), exam) };
}

/** What a stream says of itself. Before its baseline is whole only the gate can speak. */
export function judgeStream(
  rules: StreamRules,
  watch: DriftWatch | undefined,
  state: StreamState,
): StreamVerdict {
  const otherPopulation = rules.domain !== undefined && state.domain >= rules.domain.limit;
  const drift = watch && state.drift && judgeDrift(watch, state.drift);
  const level = otherPopulation ? 'alarm' : (drift?.level ?? 'unknown');
  return { level, otherPopulation, drift };
}
