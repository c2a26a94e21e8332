import { enrichment } from './distribution.ts';
import { holm } from './holm.ts';
import { logit } from './logit.ts';
import { countOutcomes } from './operating-point.ts';
import type { Label } from './sample.ts';

/** Whether the cases that got no answer have the finding more often than the others. */
export interface Enrichment {
  abstained: number;
  abstainedPositives: number;
  decided: number;
  decidedPositives: number;
  /** Fisher's exact one-sided p. */
  p: number;
}

/**
 * A device that keeps silent about the sick looks better than it is. `abstained` says which cases got no answer.
 */
export function abstentionEnrichment(
  labels: readonly Label[],
  abstained: readonly boolean[],
): Enrichment {
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = countOutcomes(
    labels,
    abstained,
  );
  const silent = truePositives + falsePositives;
  const positives = truePositives + falseNegatives;
  return {
    abstained: silent,
    abstainedPositives: truePositives,
    decided: falseNegatives + trueNegatives,
    decidedPositives: falseNegatives,
    p: enrichment(truePositives, silent, positives, labels.length),
  };
}

/** What would be reached if the least sure cases got no answer. */
export interface CoveragePoint {
  /** Share of cases that get an answer. */
  coverage: number;
  sensitivity: number;
  specificity: number;
  /** Its p is corrected by Holm over the points of the curve. */
  enrichment: Enrichment;
}

const coverages = [1, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5];

/**
 * The abstention-coverage curve: cases are left out from the one whose logit is nearest to the threshold's. Scores are
 * probabilities. Sensitivity or specificity is NaN where no case of the class gets an answer.
 */
export function coverageCurve(
  labels: readonly Label[],
  probabilities: readonly number[],
  threshold: number,
): CoveragePoint[] {
  const sureness = probabilities.map((each) => Math.abs(logit(each) - logit(threshold)));
  const surest = probabilities.map((_, at) => at);
  surest.sort((a, b) => (sureness[b] ?? 0) - (sureness[a] ?? 0));
  const points = coverages.map((coverage) => {
    const decided = surest.slice(0, Math.round(coverage * labels.length));
    return coveragePoint(labels, probabilities, threshold, decided);
  });
  const corrected = holm(points.slice(1).map((point) => point.enrichment.p));
  return points.map((point, at) => ({
    ...point,
    enrichment: { ...point.enrichment, p: corrected[at - 1] ?? 1 },
  }));
}

function coveragePoint(
  labels: readonly Label[],
  probabilities: readonly number[],
  threshold: number,
  decided: readonly number[],
): CoveragePoint {
  const { truePositives, falseNegatives, trueNegatives, falsePositives } = countOutcomes(
    decided.map((at) => labels[at] ?? 0),
    decided.map((at) => (probabilities[at] ?? 0) >= threshold),
  );
  const answered = new Set(decided);
  return {
    coverage: decided.length / labels.length,
    sensitivity: truePositives / (truePositives + falseNegatives),
    specificity: trueNegatives / (trueNegatives + falsePositives),
    enrichment: abstentionEnrichment(
      labels,
      labels.map((_, at) => !answered.has(at)),
    ),
  };
}
