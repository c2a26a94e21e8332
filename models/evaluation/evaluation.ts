import type { BootstrapOptions } from './bootstrap.ts';
import {
  type CalibrationBin,
  calibrationCurve,
  type CalibrationLine,
  calibrationLine,
} from './calibration.ts';
import { type Case, partCases, type Scale, scoreOf } from './case-table.ts';
import {
  precisionRecallCurve,
  type PrecisionPoint,
  rocCurve,
  type RocPoint,
  type Sweep,
  sweepThreshold,
  thresholdForSensitivity,
  thresholdForSpecificity,
} from './curve.ts';
import { type Gate, type GateResult, judgeGates } from './gate.ts';
import { countHistogram, type Histogram } from './histogram.ts';
import { logit } from './logit.ts';
import {
  countOutcomes,
  type OperatingPoint,
  operatingPoint,
  type PredictiveValues,
  predictiveValues,
} from './operating-point.ts';
import { measurePerformance, type Performance, type Sample } from './performance.ts';
import { clusteredWilson, type Interval } from './proportion.ts';
import { type Label, refuseScores } from './sample.ts';
import { findRemarks } from './remark.ts';
import type { ScoredModel } from './scorer.ts';
import { measureSilence, type Silence } from './silence.ts';
import { measureSubgroups, type Subgroup } from './subgroup.ts';
import { measureMasks, type MaskAgreement } from './mask-agreement.ts';
import { fitTemperature } from './temperature.ts';

/** What is asked of the cases, all of it set beforehand. */
export interface Question {
  threshold: number;
  /** Where the threshold comes from, in words. */
  thresholdSource: string;
  scale: Scale;
  /** Columns. */
  subgroups: readonly string[];
  gates: readonly Gate[];
  /** Share of patients with the finding, for predictive values. */
  prevalence?: number | undefined;
  bootstrap: BootstrapOptions;
}

/** Where the cases come from. Free of paths. */
export interface Source {
  /** In words. */
  description: string;
  /** Which finding, and what counts as having it. */
  finding: string;
  /** SHA-256 of every table by its file name. */
  tables: Record<string, string>;
  model?: Omit<ScoredModel, 'thresholds'>;
}

export interface Counts {
  cases: number;
  patients: number;
  positives: number;
  decided: number;
  notAnalysed: { reason: string; cases: number; positives: number }[];
  /** Of the share of cases without an answer. */
  notAnalysedShare: Interval & { value: number };
}

/** What another threshold would do, read on these very cases and so too good. */
export interface OtherThreshold {
  aim: string;
  threshold: number;
  sensitivity: number;
  specificity: number;
}

export interface Calibration {
  bins: CalibrationBin[];
  line?: CalibrationLine;
  /** What would have to divide the logits to fit these cases best. */
  temperature?: number;
}

export interface Evaluation {
  schema: 1;
  kind: 'evaluation';
  source: Source;
  question: Question;
  counts: Counts;
  /** Of the cases with an answer. */
  decided: Performance;
  /** Of every case; one without an answer counts as wrong, whatever it has. */
  all: OperatingPoint;
  predictive?: PredictiveValues;
  otherThresholds: OtherThreshold[];
  curves: { roc: RocPoint[]; precisionRecall: PrecisionPoint[]; histogram: Histogram };
  calibration?: Calibration;
  abstention: Silence;
  /** Where the cases bring the areas of masks. */
  masks?: MaskAgreement;
  subgroups: Subgroup[];
  gates: GateResult[];
  /** What a reader must know before believing a figure. */
  remarks: string[];
  cases: readonly Case[];
}

function countCases(cases: readonly Case[]): Counts {
  const { decided, abstained } = partCases(cases);
  const positives = (some: readonly Case[]) => some.filter(({ label }) => label === 1).length;
  const reasons = Map.groupBy(abstained, ({ prediction }) => prediction.reason);
  const silent = cases.map(({ prediction }) => ('score' in prediction ? 0 : 1));
  const patients = cases.map(({ patient }) => patient);
  return {
    cases: cases.length,
    patients: new Set(patients).size,
    positives: positives(cases),
    decided: decided.length,
    notAnalysed: [...reasons].map(([reason, some]) => ({
      reason,
      cases: some.length,
      positives: positives(some),
    })),
    notAnalysedShare: {
      value: abstained.length / cases.length,
      ...clusteredWilson(silent, patients),
    },
  };
}

function listReasons({ notAnalysed }: Counts): string {
  return notAnalysed.map(({ reason, cases }) => `${reason} ${cases}`).join(', ') || 'there is none';
}

/** A case without an answer is neither rightly flagged nor rightly left alone. */
function pointOfAll(cases: readonly Case[], threshold: number): OperatingPoint {
  const flags = cases.map(({ prediction, label }) =>
    'score' in prediction ? prediction.score >= threshold : label === 0,
  );
  return operatingPoint(
    cases.map(({ label }) => label),
    flags,
    cases.map(({ patient }) => patient),
  );
}

function readOtherThresholds(sweep: Sweep, { labels, scores }: Sample): OtherThreshold[] {
  const at = (aim: string, threshold: number): OtherThreshold => {
    const flags = scores.map((score) => score >= threshold);
    const { truePositives, trueNegatives } = countOutcomes(labels, flags);
    return {
      aim,
      threshold,
      sensitivity: truePositives / sweep.positives,
      specificity: trueNegatives / sweep.negatives,
    };
  };
  return [
    ...[0.9, 0.95].map((aim) =>
      at(`sensitivity ${aim * 100} %`, thresholdForSensitivity(sweep, aim)),
    ),
    ...[0.9, 0.95].map((aim) =>
      at(`specificity ${aim * 100} %`, thresholdForSpecificity(sweep, aim)),
    ),
  ];
}

/** Undefined where no temperature fits: the logits part the classes by sign alone, or tell nothing. */
function bestTemperature(labels: readonly Label[], scores: readonly number[]): number | undefined {
  try {
    return fitTemperature(labels, scores.map(logit)).temperature;
  } catch {
    return undefined;
  }
}

function calibrate({ labels, scores }: Sample): Calibration {
  const line = calibrationLine(labels, scores);
  const temperature = bestTemperature(labels, scores);
  return {
    bins: calibrationCurve(labels, scores),
    ...(line && { line }),
    ...(temperature !== undefined && { temperature }),
  };
}

function drawCurves(sweep: Sweep, { labels, scores }: Sample): Evaluation['curves'] {
  return {
    roc: rocCurve(sweep),
    precisionRecall: precisionRecallCurve(sweep),
    histogram: countHistogram(labels, scores),
  };
}

/** The cases with an answer. Throws SCORES_INVALID where there is none. */
function requireDecided(cases: readonly Case[], counts: Counts) {
  const { decided } = partCases(cases);
  if (decided.length === 0) throw refuseScores(`no case was analysed: ${listReasons(counts)}`);
  return decided;
}

/** Every figure, before gates and remarks. */
function measure(cases: readonly Case[], question: Question) {
  const { threshold, scale, prevalence } = question;
  const counts = countCases(cases);
  const decided = requireDecided(cases, counts);
  const sample: Sample = {
    labels: decided.map(({ label }) => label),
    scores: decided.map(scoreOf),
    clusters: decided.map(({ patient }) => patient),
  };
  const sweep = sweepThreshold(sample.labels, sample.scores);
  const performance = measurePerformance(sample, threshold, scale, question.bootstrap);
  const columns = decided.map((each) => each.columns);
  return {
    counts,
    decided: performance,
    all: pointOfAll(cases, threshold),
    ...(prevalence !== undefined && {
      predictive: predictiveValues(performance.point.outcomes, prevalence),
    }),
    otherThresholds: readOtherThresholds(sweep, sample),
    curves: drawCurves(sweep, sample),
    ...(scale === 'probability' && { calibration: calibrate(sample) }),
    abstention: measureSilence(cases, threshold, scale),
    subgroups: measureSubgroups(sample, threshold, question.subgroups, columns),
    ...measureMasks(cases, question.bootstrap),
  };
}

/**
 * Judges a model by its answers. Pure: the same cases, question and seed give the same evaluation. Throws
 * SCORES_INVALID where no case or only one class has an answer, and for a gate on a figure that there is not.
 */
export function evaluate(cases: readonly Case[], question: Question, source: Source): Evaluation {
  const figures = measure(cases, question);
  const gates = judgeGates(question.gates, {
    ...figures,
    notAnalysed: figures.counts.notAnalysedShare,
  });
  const evaluation = {
    schema: 1,
    kind: 'evaluation',
    source,
    question,
    ...figures,
    gates,
    cases,
  } as const;
  return { ...evaluation, remarks: findRemarks(evaluation) };
}
