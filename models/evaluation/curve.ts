import { descending, type Label, requireBothClasses } from './sample.ts';

/** What lowering the threshold to `threshold` has flagged: cases whose score is at least that. */
export interface SweepPoint {
  threshold: number;
  truePositives: number;
  falsePositives: number;
}

/** A sweep of the threshold over every score that occurs, highest first, and the sizes of the classes. */
export interface Sweep {
  positives: number;
  negatives: number;
  points: SweepPoint[];
}

/** Throws SCORES_INVALID for a score that is no number and where a class is missing. */
export function sweepThreshold(labels: readonly Label[], scores: readonly number[]): Sweep {
  requireBothClasses(labels, scores);
  const points: SweepPoint[] = [];
  let [truePositives, falsePositives] = [0, 0];
  for (const at of descending(scores)) {
    const threshold = scores[at] ?? 0;
    if (labels[at] === 1) truePositives++;
    else falsePositives++;
    if (points.at(-1)?.threshold === threshold) points.pop();
    points.push({ threshold, truePositives, falsePositives });
  }
  return { positives: truePositives, negatives: falsePositives, points };
}

/** A point of the ROC curve. The first one, where nothing is flagged, has an infinite threshold. */
export interface RocPoint {
  threshold: number;
  falsePositiveRate: number;
  sensitivity: number;
}

export function rocCurve({ positives, negatives, points }: Sweep): RocPoint[] {
  return [{ threshold: Infinity, truePositives: 0, falsePositives: 0 }, ...points].map((point) => ({
    threshold: point.threshold,
    falsePositiveRate: point.falsePositives / negatives,
    sensitivity: point.truePositives / positives,
  }));
}

export interface PrecisionPoint {
  threshold: number;
  recall: number;
  precision: number;
}

export function precisionRecallCurve({ positives, points }: Sweep): PrecisionPoint[] {
  return points.map(({ threshold, truePositives, falsePositives }) => ({
    threshold,
    recall: truePositives / positives,
    precision: truePositives / (truePositives + falsePositives),
  }));
}

/**
 * Area under the precision-recall curve as a step sum, without interpolation (scikit-learn's average precision). Its
 * chance value is the share of positives, so figures of sets with other shares cannot be compared.
 */
export function averagePrecision(labels: readonly Label[], scores: readonly number[]): number {
  let [area, before] = [0, 0];
  for (const { recall, precision } of precisionRecallCurve(sweepThreshold(labels, scores))) {
    area += (recall - before) * precision;
    before = recall;
  }
  return area;
}

/** The highest threshold whose sensitivity, read on these cases, is at least `target`. */
export function thresholdForSensitivity(sweep: Sweep, target: number): number {
  const enough = sweep.points.find((point) => point.truePositives / sweep.positives >= target);
  return enough?.threshold ?? -Infinity;
}

/** The lowest score whose specificity, as threshold and read on these cases, is at least `target`; else infinite. */
export function thresholdForSpecificity(sweep: Sweep, target: number): number {
  const enough = sweep.points.findLast(
    (point) => 1 - point.falsePositives / sweep.negatives >= target,
  );
  return enough?.threshold ?? Infinity;
}
