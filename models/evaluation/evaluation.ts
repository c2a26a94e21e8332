import {
  abstentionEnrichment,
  type CoveragePoint,
  coverageCurve,
  type Enrichment,
} from './abstention.ts';
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
import { partColumn } from './leakage.ts';
import { logit } from './logit.ts';
import {
  countOutcomes,
  type OperatingPoint,
  operatingPoint,
  type PredictiveValues,
  predictiveValues,
} from './operating-point.ts';
import {
  areaEstimate,
  fewestCases,
  measurePerformance,
  type Performance,
  type Sample,
} from './performance.ts';
import { clusteredWilson, type Estimate, type Interval } from './proportion.ts';
import { type Label, refuseScores } from './sample.ts';
import type { ScoredModel } from './scorer.ts';
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

/** Cases that were scored and not answered: what keeping silent was worth. */
export interface Withheld {
  point: OperatingPoint;
  /** Not where a class is missing. */
  auc?: Estimate;
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
  abstention: {
    notAnalysed?: Enrichment;
    coverage?: CoveragePoint[];
    /** What the model would have said where the device kept its answer back. */
    withheld?: Withheld;
  };
  /** Where the cases bring the areas of masks. */
  masks?: MaskAgreement;
  subgroups: Subgroup[];
  gates: GateResult[];
  /** What a reader must know before believing a figure. */
  remarks: string[];
  cases: Case[];
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

type Abstained = ReturnType<typeof partCases<Case>>['abstained'][number];

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

/** Below this a chance finding is unlikely enough to be told. */
const noteworthy = 0.05;

function findRemarks(evaluation: Omit<Evaluation, 'remarks'>): string[] {
  const { source, counts, abstention, question, decided, subgroups } = evaluation;
  const { sensitivity, specificity } = decided.point;
  const small = subgroups.filter(({ sufficient }) => !sufficient);
  const differing = subgroups.filter(({ p = 1 }) => p < noteworthy);
  const silent = abstention.notAnalysed;
  const trained = evaluation.cases.filter(({ columns }) => columns[partColumn] === 'train').length;
  const remarks: [boolean, string][] = [
    [source.model?.status === 'demo', `Not for clinical use. ${source.model?.notice}`],
    [
      sensitivity.trials < fewestCases || specificity.trials < fewestCases,
      `Insufficient data: ${sensitivity.trials} cases with and ${specificity.trials} without the finding; ` +
        `fewer than ${fewestCases} of either allow no conclusion.`,
    ],
    [
      trained > 0,
      `${trained} cases are of the part "train": a model knows what it was trained on.`,
    ],
    [
      silent !== undefined && silent.p < noteworthy,
      `The cases that were not analysed have the finding more often than the others ` +
        `(p = ${silent?.p.toPrecision(2)}): the figures of the decided cases are too good.`,
    ],
    [
      small.length > 0,
      `Insufficient data in ${small.length} of ${subgroups.length} subgroups: fewer than ${fewestCases} positives.`,
    ],
    [
      differing.length > 0,
      `The area differs from that of the rest in ${differing.map(({ column, value }) => `${column} ${value}`).join(', ')}.`,
    ],
    [
      counts.patients < counts.cases,
      `${counts.cases} cases of ${counts.patients} patients: intervals are widened, and the bootstrap draws patients.`,
    ],
    [question.scale === 'rank', 'The scores are no probabilities: calibration was not judged.'],
  ];
  return remarks.filter(([applies]) => applies).map(([, text]) => text);
}

/**
 * Judges a model by its answers. Pure: the same cases, question and seed give the same evaluation. Throws
 * SCORES_INVALID where no case or only one class has an answer, and for a gate on a figure that there is not.
 */
export function evaluate(cases: readonly Case[], question: Question, source: Source): Evaluation {
  const { threshold, scale, prevalence } = question;
  const { decided, abstained } = partCases(cases);
  if (decided.length === 0) throw refuseScores('no case was analysed');
  const labels = decided.map(({ label }) => label);
  const scores = decided.map(scoreOf);
  const sample: Sample = { labels, scores, clusters: decided.map(({ patient }) => patient) };
  const sweep = sweepThreshold(labels, scores);
  const performance = measurePerformance(sample, threshold, scale, question.bootstrap);
  const values = decided.map(({ columns }) => columns);
  const figures = {
    counts: countCases(cases),
    decided: performance,
    all: pointOfAll(cases, threshold),
    ...(prevalence !== undefined && {
      predictive: predictiveValues(performance.point.outcomes, prevalence),
    }),
    otherThresholds: readOtherThresholds(sweep, sample),
    curves: {
      roc: rocCurve(sweep),
      precisionRecall: precisionRecallCurve(sweep),
      histogram: countHistogram(labels, scores),
    },
    ...(scale === 'probability' && { calibration: calibrate(sample) }),
    abstention: {
      ...(abstained.length > 0 && { notAnalysed: enrichmentOf(cases) }),
      ...(scale === 'probability' && { coverage: coverageCurve(labels, scores, threshold) }),
      ...measureWithheld(abstained, threshold),
    },
    subgroups: measureSubgroups(sample, threshold, question.subgroups, values),
    ...measureMasks(cases, question.bootstrap),
  };
  const notAnalysed = figures.counts.notAnalysedShare;
  const gates = judgeGates(question.gates, { ...figures, notAnalysed });
  const whole = { schema: 1, kind: 'evaluation', source, question, ...figures, gates } as const;
  const evaluation = { ...whole, cases: [...cases] };
  return { ...evaluation, remarks: findRemarks(evaluation) };
}

function measureWithheld(abstained: Abstained[], threshold: number): { withheld?: Withheld } {
  const scored = abstained.filter(({ prediction }) => prediction.withheld !== undefined);
  if (scored.length === 0) return {};
  const labels = scored.map(({ label }) => label);
  const scores = scored.map(({ prediction }) => prediction.withheld ?? 0);
  const clusters = scored.map(({ patient }) => patient);
  const flags = scores.map((score) => score >= threshold);
  const point = operatingPoint(labels, flags, clusters);
  const both = labels.includes(0) && labels.includes(1);
  return { withheld: { point, ...(both && { auc: areaEstimate({ labels, scores, clusters }) }) } };
}

function enrichmentOf(cases: readonly Case[]): Enrichment {
  return abstentionEnrichment(
    cases.map(({ label }) => label),
    cases.map(({ prediction }) => 'reason' in prediction),
  );
}
