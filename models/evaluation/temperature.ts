import { sigmoid, softplus } from './logit.ts';
import { type Label, mean, refuseScores, requireBothClasses } from './sample.ts';

/** A temperature that divides logits, and the mean negative log-likelihood before and after it. */
export interface TemperatureFit {
  temperature: number;
  before: number;
  after: number;
}

/** Temperatures outside are refused: such logits tell nothing, or tell everything by sign alone. */
const coldest = 0.01;
const hottest = 100;

function loss(labels: readonly Label[], logits: readonly number[], inverse: number): number {
  return mean(logits.map((logit, at) => softplus((labels[at] === 1 ? -1 : 1) * inverse * logit)));
}

/** Derivative of the loss by the inverse temperature. It rises: the loss is convex. */
function slope(labels: readonly Label[], logits: readonly number[], inverse: number): number {
  return mean(logits.map((logit, at) => (sigmoid(inverse * logit) - (labels[at] ?? 0)) * logit));
}

/**
 * The temperature of the smallest negative log-likelihood (Guo et al. 2017), for `findings[].temperature` of a
 * manifest. It changes no ranking and leaves a probability of a half where it is. Fit it on cases that the model was
 * not trained on. Throws SCORES_INVALID for logits that are no numbers, for a single class, and where no temperature
 * from 0.01 to 100 is best.
 */
export function fitTemperature(
  labels: readonly Label[],
  logits: readonly number[],
): TemperatureFit {
  requireBothClasses(labels, logits);
  let [low, high] = [1 / hottest, 1 / coldest];
  if (slope(labels, logits, low) >= 0)
    throw refuseScores('the logits tell nothing about the labels, so that no temperature fits');
  if (slope(labels, logits, high) <= 0)
    throw refuseScores('the logits part the classes by sign alone, so that no temperature fits');
  for (let step = 0; step < 100; step++) {
    const middle = (low + high) / 2;
    if (slope(labels, logits, middle) < 0) low = middle;
    else high = middle;
  }
  const inverse = (low + high) / 2;
  return {
    temperature: 1 / inverse,
    before: loss(labels, logits, 1),
    after: loss(labels, logits, inverse),
  };
}
