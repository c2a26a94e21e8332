import { type Label, refuseScores, requireProbabilities } from './sample.ts';

/** Largest strangeness at which each answer still belongs to the prediction set, by class. */
export interface ConformalLimits {
  positive: number;
  negative: number;
}

/** What may be said with the promised error rate. Both or none means: abstain. */
export type PredictionSet = 'positive' | 'negative' | 'both' | 'none';

/**
 * The split-conformal quantile (Vovk et al. 2005): the ceil((n + 1)(1 - alpha))-th smallest strangeness of n
 * calibration cases. Infinite where n is too small to promise anything: then nothing may be excluded.
 */
export function conformalQuantile(strangeness: readonly number[], alpha: number): number {
  if (!(alpha > 0 && alpha < 1)) throw refuseScores(`alpha ${alpha} is not between 0 and 1`);
  const wrong = strangeness.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw refuseScores(`value ${wrong + 1} is ${strangeness[wrong]}, not a number`);
  // Ten decimals of slack keep 1 - 0.1 from needing one case more than nine tenths of ten do.
  const rank = Math.ceil((strangeness.length + 1) * (1 - alpha) - 1e-10);
  return strangeness.toSorted((a, b) => a - b)[rank - 1] ?? Infinity;
}

/**
 * Limits that hold in each class by itself: of the diseased and of the healthy, each, at most `alpha` get a set
 * without the truth, as long as new cases are exchangeable with these. A split over all cases would spend its errors
 * on the rarer class. Throws SCORES_INVALID unless every score is a probability.
 */
export function conformalLimits(
  labels: readonly Label[],
  probabilities: readonly number[],
  alpha: number,
): ConformalLimits {
  requireProbabilities(labels, probabilities);
  const of = (label: Label) => probabilities.filter((_, at) => labels[at] === label);
  return {
    positive: conformalQuantile(
      of(1).map((probability) => 1 - probability),
      alpha,
    ),
    negative: conformalQuantile(of(0), alpha),
  };
}

/** The answers that a probability leaves open. */
export function predictionSet(probability: number, limits: ConformalLimits): PredictionSet {
  const positive = 1 - probability <= limits.positive;
  const negative = probability <= limits.negative;
  if (positive && negative) return 'both';
  if (positive) return 'positive';
  return negative ? 'negative' : 'none';
}
