import { abstentionEnrichment } from '../../models/evaluation/abstention.ts';
import { quantile } from '../../models/evaluation/bootstrap.ts';
import {
  brier,
  calibrationCurve,
  calibrationError,
  calibrationLine,
} from '../../models/evaluation/calibration.ts';
import { conformalQuantile } from '../../models/evaluation/conformal.ts';
import {
  averagePrecision,
  precisionRecallCurve,
  rocCurve,
  sweepThreshold,
} from '../../models/evaluation/curve.ts';
import { aucWithInterval, compareAreas, delong } from '../../models/evaluation/delong.ts';
import { holm } from '../../models/evaluation/holm.ts';
import { cohenKappa, fleissKappa } from '../../models/evaluation/kappa.ts';
import { logit } from '../../models/evaluation/logit.ts';
import { mcnemar } from '../../models/evaluation/mcnemar.ts';
import { countOutcomes, predictiveValues } from '../../models/evaluation/operating-point.ts';
import { countOverlap, dice, intersectionOverUnion } from '../../models/evaluation/overlap.ts';
import { pairedDifference } from '../../models/evaluation/paired-difference.ts';
import { clopperPearson, wilson } from '../../models/evaluation/proportion.ts';
import type { Label } from '../../models/evaluation/sample.ts';
import { fitTemperature } from '../../models/evaluation/temperature.ts';
import { estimateFigures, type Figures, numbered } from './named-figures.ts';
import { qualityFigures } from './quality-figures.ts';
import type { SampleCases } from './sample-cases.ts';

const threshold = 0.5;

/** Areas, as pROC computes them, of scores by name. */
export function areaFigures(labels: Label[], scores: Record<string, number[]>): Figures {
  const figures: Figures = {};
  for (const [name, values] of Object.entries(scores)) {
    const { value, low, high } = aucWithInterval(labels, values);
    const variance = delong(labels, [values]).covariance[0]?.[0] ?? Number.NaN;
    Object.assign(figures, {
      [`auc.${name}`]: value,
      [`auc.${name}.low`]: low,
      [`auc.${name}.high`]: high,
      [`auc.${name}.var`]: variance,
      [`ap.${name}`]: averagePrecision(labels, values),
    });
  }
  return figures;
}

/** DeLong's paired test of two sets of scores; pROC subtracts the second from the first. */
export function pairFigures(name: string, labels: Label[], one: number[], other: number[]) {
  const { z, p } = compareAreas(labels, other, one);
  const covariance = delong(labels, [one, other]).covariance[0]?.[1] ?? Number.NaN;
  return { [`${name}.z`]: z, [`${name}.p`]: p, [`${name}.cov`]: covariance };
}

function proportionFigures(successes: number, trials: number): Figures {
  const exact = clopperPearson({ successes, trials });
  const score = wilson({ successes, trials });
  const name = `${successes}/${trials}`;
  return {
    [`clopper.${name}.low`]: exact.low,
    [`clopper.${name}.high`]: exact.high,
    [`wilson.${name}.low`]: score.low,
    [`wilson.${name}.high`]: score.high,
  };
}

function calibrationFigures(labels: Label[], scores: number[]): Figures {
  const bins = calibrationCurve(labels, scores);
  const line = calibrationLine(labels, scores);
  if (!line) throw new Error('The sample cases have a calibration line.');
  return {
    brier: brier(labels, scores),
    ece: calibrationError(labels, scores),
    ...numbered(
      'bin.said',
      bins.map(({ said }) => said),
    ),
    ...numbered(
      'bin.observed',
      bins.map(({ observed }) => observed),
    ),
    ...estimateFigures('slope', line.slope),
    ...estimateFigures('intercept', line.intercept),
    ...estimateFigures('large', line.inTheLarge),
  };
}

function curveFigures(labels: Label[], scores: number[]): Figures {
  const sweep = sweepThreshold(labels, scores);
  const roc = rocCurve(sweep);
  const precision = precisionRecallCurve(sweep);
  return {
    ...numbered(
      'roc.x',
      roc.map((point) => point.falsePositiveRate),
    ),
    ...numbered(
      'roc.y',
      roc.map((point) => point.sensitivity),
    ),
    ...numbered(
      'pr.x',
      precision.map((point) => point.recall),
    ),
    ...numbered(
      'pr.y',
      precision.map((point) => point.precision),
    ),
  };
}

function pairedFigures({ labels, first, second }: SampleCases): Figures {
  const figures: Figures = {};
  for (const label of [0, 1] as const) {
    const cases = labels.map((_, at) => at).filter((at) => labels[at] === label);
    const right = (scores: number[], at: number) =>
      (scores[at] ?? 0) >= threshold === (label === 1);
    const discordance = {
      onlyFirst: cases.filter((at) => right(first, at) && !right(second, at)).length,
      onlySecond: cases.filter((at) => right(second, at) && !right(first, at)).length,
    };
    const test = mcnemar(discordance);
    figures[`mcnemar.${label}`] = test.p;
    figures[`mcnemar.${label}.approximate`] = test.pApproximate;
    const difference = pairedDifference(discordance, cases.length);
    Object.assign(figures, estimateFigures(`difference.${label}`, difference));
  }
  return figures;
}

function agreementFigures({ readers }: SampleCases): Figures {
  const table = [0, 1].map((one) =>
    [0, 1].map((other) => readers.filter(([a, b]) => a === one && b === other).length),
  );
  const counts = readers.map((row) => [0, 1].map((x) => row.filter((each) => each === x).length));
  return { ...estimateFigures('cohen', cohenKappa(table)), fleiss: fleissKappa(counts) };
}

/** Everything of `models/evaluation` and `quality` that the reference programs compute too. */
export function ourFigures(cases: SampleCases): Figures {
  const { labels, first, second, patients } = cases;
  const flags = first.map((score) => score >= threshold);
  const outcomes = countOutcomes(labels, flags);
  const values = predictiveValues(outcomes, 0.05);
  const overlap = countOverlap(flags.map(Number), labels);
  const clustered = delong(labels, [first, second], patients).covariance;
  return {
    ...areaFigures(labels, { first, second }),
    ...pairFigures('pair', labels, first, second),
    'clustered.var': clustered[0]?.[0] ?? Number.NaN,
    'clustered.cov': clustered[0]?.[1] ?? Number.NaN,
    ...curveFigures(labels, first),
    ...proportionFigures(95, 100),
    ...proportionFigures(0, 17),
    ...proportionFigures(9990, 10_000),
    ...calibrationFigures(labels, first),
    temperature: fitTemperature(labels, first.map(logit)).temperature,
    ...pairedFigures(cases),
    'mcnemar.10/25': mcnemar({ onlyFirst: 10, onlySecond: 25 }).p,
    'mcnemar.10/25.approximate': mcnemar({ onlyFirst: 10, onlySecond: 25 }).pApproximate,
    ...numbered('holm', holm([0.01, 0.04, 0.03, 0.005, 0.8])),
    ...agreementFigures(cases),
    ...estimateFigures('ppv', values.ppv),
    ...estimateFigures('npv', values.npv),
    dice: dice(overlap),
    iou: intersectionOverUnion(overlap),
    enrichment: abstentionEnrichment(
      labels,
      second.map((score) => score > 0.6),
    ).p,
    quantile: quantile(
      first.toSorted((a, b) => a - b),
      0.123,
    ),
    conformal: conformalQuantile(first, 0.07),
    ...qualityFigures(labels, first, second, flags),
  };
}
