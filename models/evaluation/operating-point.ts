import { criticalValue } from './distribution.ts';
import { sigmoid } from './logit.ts';
import {
  clopperPearson,
  clusteredWilson,
  type Estimate,
  type Interval,
  standardLevel,
  wilson,
} from './proportion.ts';
import type { Label } from './sample.ts';

/** Cases by truth and flag. */
export interface Outcomes {
  truePositives: number;
  falsePositives: number;
  trueNegatives: number;
  falseNegatives: number;
}

export function countOutcomes(labels: readonly Label[], flags: readonly boolean[]): Outcomes {
  const count = (label: Label, flag: boolean) =>
    labels.filter((each, at) => each === label && flags[at] === flag).length;
  return {
    truePositives: count(1, true),
    falsePositives: count(0, true),
    trueNegatives: count(0, false),
    falseNegatives: count(1, false),
  };
}

/** A share of cases. `value` is NaN where there is no case. */
export interface Share {
  successes: number;
  trials: number;
  value: number;
  wilson: Interval;
  clopperPearson: Interval;
  /** Wilson's interval widened for cases of one patient. What a gate reads; it is `wilson` where each has one. */
  byPatient: Interval;
}

/** Of the cases with `label`, how many were flagged (label 1) or left alone (label 0). */
function shareRight(
  label: Label,
  labels: readonly Label[],
  flags: readonly boolean[],
  clusters: readonly string[],
): Share {
  const cases = labels.map((_, at) => at).filter((at) => labels[at] === label);
  const hits = cases.map((at) => Number(flags[at] === (label === 1)));
  const counts = { successes: hits.reduce((sum, hit) => sum + hit, 0), trials: hits.length };
  return {
    ...counts,
    value: counts.successes / counts.trials,
    wilson: wilson(counts),
    clopperPearson: clopperPearson(counts),
    byPatient: clusteredWilson(
      hits,
      cases.map((at) => clusters[at] ?? ''),
    ),
  };
}

/** What a threshold does. */
export interface OperatingPoint {
  outcomes: Outcomes;
  sensitivity: Share;
  specificity: Share;
}

/** `clusters` names each case's patient. */
export function operatingPoint(
  labels: readonly Label[],
  flags: readonly boolean[],
  clusters: readonly string[],
): OperatingPoint {
  return {
    outcomes: countOutcomes(labels, flags),
    sensitivity: shareRight(1, labels, flags, clusters),
    specificity: shareRight(0, labels, flags, clusters),
  };
}

/** How sure a flag, or its absence, is where a given share of patients has the finding. */
export interface PredictiveValues {
  prevalence: number;
  ppv: Estimate;
  npv: Estimate;
}

/**
 * Predictive values at a stated prevalence, never at that of an enriched test set. The interval is Mercaldo's (2007)
 * on the logit scale with z²/2 added to each count, so that it exists where a count is nil.
 */
export function predictiveValues(
  { truePositives, falsePositives, trueNegatives, falseNegatives }: Outcomes,
  prevalence: number,
  level = standardLevel,
): PredictiveValues {
  const odds = prevalence / (1 - prevalence);
  return {
    prevalence,
    ppv: predictive(truePositives, falseNegatives, falsePositives, trueNegatives, odds, level),
    npv: predictive(trueNegatives, falsePositives, falseNegatives, truePositives, 1 / odds, level),
  };
}

/**
 * The share of right ones among those called so: `right` and `missed` are of the class called, `wrong` and `left` of
 * the other one, `odds` those of the class called.
 */
function predictive(
  right: number,
  missed: number,
  wrong: number,
  left: number,
  odds: number,
  level: number,
): Estimate {
  const rate = right / (right + missed);
  const falseRate = wrong / (wrong + left);
  const add = criticalValue(level) ** 2 / 2;
  const [a, b, c, d] = [right + add, missed + add, wrong + add, left + add];
  const centre = Math.log((odds * (a / (a + b))) / (c / (c + d)));
  const half = criticalValue(level) * Math.sqrt(b / a / (a + b) + d / c / (c + d));
  return {
    value: (odds * rate) / (odds * rate + falseRate),
    low: right === 0 ? 0 : sigmoid(centre - half),
    high: wrong === 0 ? 1 : sigmoid(centre + half),
  };
}
