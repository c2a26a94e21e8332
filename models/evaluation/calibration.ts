import { criticalValue } from './distribution.ts';
import { fitLogistic } from './logistic.ts';
import { logit } from './logit.ts';
import { type Estimate, type Interval, standardLevel, wilson } from './proportion.ts';
import { type Label, mean, requireProbabilities } from './sample.ts';
import { quantile } from './bootstrap.ts';

/** Mean squared distance of the probability from the truth; 0 is best, a quarter is what 0.5 for everyone gets. */
export function brier(labels: readonly Label[], probabilities: readonly number[]): number {
  requireProbabilities(labels, probabilities);
  return mean(probabilities.map((probability, at) => (probability - (labels[at] ?? 0)) ** 2));
}

/** Cases of similar probability. */
export interface CalibrationBin {
  cases: number;
  /** Mean probability that was said. */
  said: number;
  /** Share that has the finding. */
  observed: number;
  interval: Interval;
}

/** Bins of the expected calibration error. */
export const standardBins = 10;

/**
 * Bins of about equal numbers of cases, cut at quantiles as scikit-learn's `calibration_curve` does, so that equal
 * probabilities are never parted. Empty bins are left out.
 */
export function calibrationCurve(
  labels: readonly Label[],
  probabilities: readonly number[],
  bins = standardBins,
): CalibrationBin[] {
  requireProbabilities(labels, probabilities);
  const sorted = probabilities.toSorted((a, b) => a - b);
  const edges = Array.from({ length: bins - 1 }, (_, at) => quantile(sorted, (at + 1) / bins));
  const members = Map.groupBy(probabilities.keys(), (at) =>
    firstNotBelow(edges, probabilities[at] ?? 0),
  );
  return [...members]
    .sort(([a], [b]) => a - b)
    .map(([, cases]) => bin(labels, probabilities, cases));
}

/** Number of edges below the value. */
function firstNotBelow(edges: readonly number[], value: number): number {
  const at = edges.findIndex((edge) => edge >= value);
  return at < 0 ? edges.length : at;
}

function bin(labels: readonly Label[], probabilities: readonly number[], cases: number[]) {
  const successes = cases.filter((at) => labels[at] === 1).length;
  return {
    cases: cases.length,
    said: mean(cases.map((at) => probabilities[at] ?? 0)),
    observed: successes / cases.length,
    interval: wilson({ successes, trials: cases.length }),
  };
}

/**
 * Expected calibration error: the mean distance between what was said and what was seen, over bins of equal mass
 * (Naeini et al. 2015). It is above 0 by chance alone, the more so the fewer the cases.
 */
export function calibrationError(
  labels: readonly Label[],
  probabilities: readonly number[],
  bins = standardBins,
): number {
  const parts = calibrationCurve(labels, probabilities, bins);
  return parts.reduce(
    (sum, { cases, said, observed }) => sum + (cases / labels.length) * Math.abs(said - observed),
    0,
  );
}

/**
 * How the logit of the truth hangs on the logit that was said (Cox 1958). Slope below 1: too sure; above 1: too
 * timid. `intercept` belongs to that slope; `inTheLarge` is the intercept with the slope held at 1: above 0, the
 * finding is more frequent than was said.
 */
export interface CalibrationLine {
  slope: Estimate;
  intercept: Estimate;
  inTheLarge: Estimate;
}

/** Undefined where the probabilities part the classes without a mistake or are all equal. */
export function calibrationLine(
  labels: readonly Label[],
  probabilities: readonly number[],
  level = standardLevel,
): CalibrationLine | undefined {
  requireProbabilities(labels, probabilities);
  const logits = probabilities.map(logit);
  const line = fitLogistic({ labels, inputs: logits.map((x) => [1, x]), offsets: [] }, [0, 1]);
  const alone = { labels, inputs: logits.map(() => [1]), offsets: logits };
  const large = fitLogistic(alone, [0]);
  if (!line || !large) return undefined;
  const estimate = (value = 0, error = 0): Estimate => {
    const half = criticalValue(level) * error;
    return { value, low: value - half, high: value + half };
  };
  return {
    slope: estimate(line.coefficients[1], line.standardErrors[1]),
    intercept: estimate(line.coefficients[0], line.standardErrors[0]),
    inTheLarge: estimate(large.coefficients[0], large.standardErrors[0]),
  };
}
