import { sigmoid, softplus } from './logit.ts';
import type { Label } from './sample.ts';

/** Coefficients of a logistic regression and their standard errors. */
export interface LogisticFit {
  coefficients: number[];
  standardErrors: number[];
}

/** A fit with a coefficient beyond this has run away: the cases can be parted without a mistake. */
const runaway = 1e4;

/** Inverse of a positive definite matrix of one or two rows; undefined where it is singular. */
function invert(matrix: readonly (readonly number[])[]): number[][] | undefined {
  const [[a = 0, b = 0] = [], [, d = 0] = []] = matrix;
  if (matrix.length === 1) return a > 0 ? [[1 / a]] : undefined;
  const determinant = a * d - b * b;
  if (!(determinant > 1e-12 * a * d)) return undefined;
  return [
    [d / determinant, -b / determinant],
    [-b / determinant, a / determinant],
  ];
}

interface Regression {
  labels: readonly Label[];
  /** One or two a case. */
  inputs: readonly (readonly number[])[];
  /** Added to the linear part. */
  offsets: readonly number[];
}

/** The linear part of every case. */
function linear({ inputs, offsets }: Regression, coefficients: readonly number[]): number[] {
  return inputs.map((input, at) =>
    input.reduce((sum, x, of) => sum + x * (coefficients[of] ?? 0), offsets[at] ?? 0),
  );
}

/** Negative log-likelihood. */
function loss(regression: Regression, coefficients: readonly number[]): number {
  const logits = linear(regression, coefficients);
  return logits.reduce(
    (sum, value, at) => sum + softplus(regression.labels[at] === 1 ? -value : value),
    0,
  );
}

/** Gradient and information of the log-likelihood. */
function differentiate(regression: Regression, coefficients: readonly number[]) {
  const chances = linear(regression, coefficients).map(sigmoid);
  const sum = (of: (input: readonly number[], chance: number, at: number) => number) =>
    regression.inputs.reduce((all, input, at) => all + of(input, chances[at] ?? 0, at), 0);
  const terms = coefficients.map((_, at) => at);
  return {
    gradient: terms.map((i) =>
      sum((x, chance, at) => (x[i] ?? 0) * ((regression.labels[at] ?? 0) - chance)),
    ),
    information: terms.map((i) =>
      terms.map((j) => sum((x, chance) => (x[i] ?? 0) * (x[j] ?? 0) * chance * (1 - chance))),
    ),
  };
}

/** The largest of 1, a half, a quarter ... of the step that does not lead uphill. */
function descend(regression: Regression, from: readonly number[], step: readonly number[]) {
  const before = loss(regression, from);
  for (let part = 1; part > 1e-6; part /= 2) {
    const to = from.map((value, of) => value + part * (step[of] ?? 0));
    if (loss(regression, to) <= before + 1e-12 * Math.abs(before)) return to;
  }
  return [...from];
}

/**
 * Maximum likelihood by Newton's method with halved steps, with as many coefficients as `start` has. Undefined where
 * there is no finite answer.
 */
export function fitLogistic(
  regression: Regression,
  start: readonly number[],
): LogisticFit | undefined {
  let coefficients = [...start];
  for (let step = 0; step < 100; step++) {
    const { gradient, information } = differentiate(regression, coefficients);
    const inverse = invert(information);
    if (!inverse) return undefined;
    const change = inverse.map((row) =>
      row.reduce((sum, x, of) => sum + x * (gradient[of] ?? 0), 0),
    );
    coefficients = descend(regression, coefficients, change);
    if (coefficients.some((value) => !(Math.abs(value) < runaway))) return undefined;
    if (Math.max(...change.map(Math.abs)) < 1e-10)
      return {
        coefficients,
        standardErrors: inverse.map((row, of) => Math.sqrt(row[of] ?? 0)),
      };
  }
  return undefined;
}
