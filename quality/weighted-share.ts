import { type Estimate, wilson } from '../models/evaluation/proportion.ts';

/** An exam that was drawn with a known probability: its weight is the inverse of that. */
export interface WeightedHit {
  hit: boolean;
  weight: number;
  /** The patient: exams of one are not independent. */
  cluster: string;
}

/** A share of exams drawn with unequal probabilities. */
export interface WeightedShare extends Estimate {
  n: number;
  /** How many exams drawn alike, each of another patient, would tell as much; never more than `n`. */
  effective: number;
}

const sum = (values: readonly number[]): number => values.reduce((all, each) => all + each, 0);

/**
 * Hájek's (1971) estimate: hits by weight over all by weight, with Wilson's interval of as many exams as the draw was
 * worth. That is the smaller one of Kish's (1965) number, which unequal weights alone leave over, and of the number
 * whose variance is the linearised one between patients. `undefined` without an exam.
 */
export function weightedShare(drawn: readonly WeightedHit[]): WeightedShare | undefined {
  if (drawn.length === 0) return undefined;
  const weights = drawn.map(({ weight }) => weight);
  const all = sum(weights);
  const value = sum(drawn.map(({ hit, weight }) => (hit ? weight : 0))) / all;
  const kish = all ** 2 / sum(weights.map((weight) => weight ** 2));
  const effective = Math.min(drawn.length, kish, linearNumber(drawn, value));
  const interval = wilson({ successes: value * effective, trials: effective });
  return { value, ...interval, n: drawn.length, effective };
}

/** Of how many independent exams the linearised variance is. Where all say the same, a patient counts once. */
function linearNumber(drawn: readonly WeightedHit[], value: number): number {
  const residuals = new Map<string, number>();
  for (const { hit, weight, cluster } of drawn)
    residuals.set(cluster, (residuals.get(cluster) ?? 0) + weight * (Number(hit) - value));
  const between = sum([...residuals.values()].map((residual) => residual ** 2));
  const all = sum(drawn.map(({ weight }) => weight));
  return value === 0 || value === 1 || between === 0
    ? residuals.size
    : (value * (1 - value) * all ** 2) / between;
}

/**
 * `part` over the sum of `part` and `rest`, two independent estimates that are not negative: the ratio of the two by
 * the method of variance estimates recovery (Donner and Zou 2012), which needs no more than the limits of each, and
 * gives limits also where one of them is nil. NaN where both are.
 */
export function shareOfSum(part: Estimate, rest: Estimate): Estimate {
  if (part.value === 0 && rest.value > 0) {
    const { value, low, high } = shareOfSum(rest, part);
    return { value: 1 - value, low: 1 - high, high: 1 - low };
  }
  const [least, most] = ratioLimits(rest, part);
  return {
    value: part.value / (part.value + rest.value),
    low: 1 / (1 + most),
    high: 1 / (1 + least),
  };
}

/** Limits of `b` over `a`, where `a` is positive: roots of r²·square − 2r·product + constant. */
function ratioLimits(b: Estimate, a: Estimate): [number, number] {
  const product = a.value * b.value;
  const equation = (limitOfB: number, limitOfA: number) => {
    const square = limitOfA * (2 * a.value - limitOfA);
    const constant = limitOfB * (2 * b.value - limitOfB);
    return { square, constant, root: Math.sqrt(Math.max(0, product ** 2 - square * constant)) };
  };
  const low = equation(b.low, a.high);
  const high = equation(b.high, a.low);
  return [
    // The smaller root, written so that nothing is divided by a square that may be nil.
    b.low === 0 ? 0 : low.constant / (product + low.root),
    b.high === 0 ? 0 : a.low === 0 ? Infinity : (product + high.root) / high.square,
  ];
}

/** Multiplies an estimate and its limits. */
export function scale({ value, low, high }: Estimate, factor: number): Estimate {
  return { value: factor * value, low: factor * low, high: factor * high };
}

/** One less a share. */
export function complement({ value, low, high }: Estimate): Estimate {
  return { value: 1 - value, low: 1 - high, high: 1 - low };
}
