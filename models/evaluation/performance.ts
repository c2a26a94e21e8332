import { bootstrap, type BootstrapOptions } from './bootstrap.ts';
import { brier, calibrationError } from './calibration.ts';
import { averagePrecision } from './curve.ts';
import { aucWithInterval } from './delong.ts';
import { type OperatingPoint, operatingPoint } from './operating-point.ts';
import { type Estimate, standardLevel } from './proportion.ts';
import { descending, type Label } from './sample.ts';
import type { Scale } from './case-table.ts';

/** Cases with an answer. */
export interface Sample {
  labels: readonly Label[];
  scores: readonly number[];
  /** The patient of each. */
  clusters: readonly string[];
}

/** Cases of each class that a figure needs before it may be called anything but insufficient. */
export const fewestCases = 30;

/**
 * The area under the ROC curve by patient. Where the classes are parted without a mistake DeLong's variance is nil,
 * which is not knowledge: then the lower limit is what as many patients as the smaller class has, all right, allow.
 */
export function areaEstimate({ labels, scores, clusters }: Sample): Estimate {
  const area = aucWithInterval(labels, scores, clusters);
  if (area.value < 1) return area;
  const patients = (label: Label) => new Set(clusters.filter((_, at) => labels[at] === label)).size;
  const fewest = Math.min(patients(0), patients(1));
  return { ...area, low: ((1 - standardLevel) / 2) ** (1 / fewest) };
}

/** What a model is worth on its decided cases. */
export interface Performance {
  point: OperatingPoint;
  auc: Estimate;
  /** Average precision. */
  prAuc: Estimate;
  /** Only where the scores are probabilities. */
  brier?: Estimate;
  /** Expected calibration error, over ten bins of equal mass. */
  ece?: Estimate;
}

/** The cases in the order of falling scores, which makes every sorting of a bootstrap sample cheap. */
function sorted({ labels, scores, clusters }: Sample): Sample {
  const order = descending(scores);
  return {
    labels: order.map((at) => labels[at] ?? 0),
    scores: order.map((at) => scores[at] ?? 0),
    clusters: order.map((at) => clusters[at] ?? ''),
  };
}

/** Figures without a formula for their error, each with its bootstrap interval. */
function bootstrapped(sample: Sample, scale: Scale, options: BootstrapOptions): Estimate[] {
  const { labels, scores, clusters } = sorted(sample);
  const of = scale === 'rank' ? [averagePrecision] : [averagePrecision, brier, calibrationError];
  const figures = (cases: readonly number[]) => {
    const drawnLabels = cases.map((at) => labels[at] ?? 0);
    const drawnScores = cases.map((at) => scores[at] ?? 0);
    return of.map((figure) => figure(drawnLabels, drawnScores));
  };
  const intervals = bootstrap(labels, clusters, figures, options);
  const values = of.map((figure) => figure(labels, scores));
  return values.map((value, at) => ({ value, ...(intervals[at] ?? { low: 0, high: 1 }) }));
}

/** Throws SCORES_INVALID where a class is missing. A case is flagged where its score is at least `threshold`. */
export function measurePerformance(
  sample: Sample,
  threshold: number,
  scale: Scale,
  options: BootstrapOptions,
): Performance {
  const { labels, scores, clusters } = sample;
  const auc = areaEstimate(sample);
  const flags = scores.map((score) => score >= threshold);
  const [prAuc, ...rest] = bootstrapped(sample, scale, options);
  if (!prAuc) throw new RangeError('The bootstrap gives every figure an interval.');
  return {
    point: operatingPoint(labels, flags, clusters),
    auc,
    prAuc,
    ...(rest[0] && rest[1] && { brier: rest[0], ece: rest[1] }),
  };
}
