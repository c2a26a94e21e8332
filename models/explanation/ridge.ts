/** Cases of a regression: each has its measured values, its target and how much it weighs. */
export interface Cases {
  inputs: readonly ArrayLike<number>[];
  targets: ArrayLike<number>;
  weights: ArrayLike<number>;
}

/** target ≈ intercept + Σ coefficient × input. */
export interface LinearModel {
  intercept: number;
  coefficients: Float64Array;
}

function weightedMean(values: ArrayLike<number>, weights: ArrayLike<number>): number {
  let [sum, total] = [0, 0];
  for (let at = 0; at < weights.length; at++) {
    sum += weights[at]! * values[at]!;
    total += weights[at]!;
  }
  return sum / total;
}

/** XᵀWX + λI and XᵀWy of cases whose means are taken away. */
function normalEquations({ inputs, targets, weights }: Cases, size: number, penalty: number) {
  const matrix = Array.from({ length: size }, () => new Float64Array(size));
  const right = new Float64Array(size);
  for (const [at, x] of inputs.entries())
    for (let row = 0; row < size; row++) {
      const weighted = weights[at]! * x[row]!;
      right[row]! += weighted * targets[at]!;
      for (let column = 0; column <= row; column++) matrix[row]![column]! += weighted * x[column]!;
    }
  for (let row = 0; row < size; row++) matrix[row]![row]! += penalty;
  return { matrix, right };
}

/** Solves A·x = b by Cholesky's L·Lᵀ, from the lower triangle of a positive definite A. Overwrites both. */
function solve(matrix: Float64Array[], right: Float64Array): Float64Array {
  const size = right.length;
  for (let row = 0; row < size; row++) {
    const line = matrix[row]!;
    for (let column = 0; column < row; column++) {
      for (let k = 0; k < column; k++) line[column]! -= line[k]! * matrix[column]![k]!;
      line[column]! /= matrix[column]![column]!;
      line[row]! -= line[column]! ** 2;
      right[row]! -= line[column]! * right[column]!;
    }
    line[row] = Math.sqrt(line[row]!);
    right[row]! /= line[row]!;
  }
  for (let row = size - 1; row >= 0; row--) {
    right[row]! /= matrix[row]![row]!;
    for (let k = 0; k < row; k++) right[k]! -= matrix[row]![k]! * right[row]!;
  }
  return right;
}

/**
 * Weighted ridge regression: least Σ weight × (target − prediction)² + penalty × Σ coefficient². The intercept is not
 * punished. `penalty` above 0 keeps it solvable whatever the cases are.
 */
export function fitRidge({ inputs, targets, weights }: Cases, penalty: number): LinearModel {
  const size = inputs[0]?.length ?? 0;
  const column = (index: number) => inputs.map((x) => x[index]!);
  const means = Float64Array.from({ length: size }, (_, at) => weightedMean(column(at), weights));
  const target = weightedMean(targets, weights);
  const centred = {
    inputs: inputs.map((x) => means.map((mean, at) => x[at]! - mean)),
    targets: Float64Array.from(targets, (value) => value - target),
    weights,
  };
  const { matrix, right } = normalEquations(centred, size, penalty);
  const coefficients = solve(matrix, right);
  const offset = coefficients.reduce((sum, each, at) => sum + each * means[at]!, 0);
  return { intercept: target - offset, coefficients };
}

export function predictLinear(
  { intercept, coefficients }: LinearModel,
  input: ArrayLike<number>,
): number {
  return coefficients.reduce((sum, each, at) => sum + each * input[at]!, intercept);
}

/**
 * R²: the share of the targets' weighted variance that the model explains. 1 is a perfect fit, 0 no better than the
 * mean, below 0 worse. Undefined where the targets do not vary.
 */
export function fitQuality(
  model: LinearModel,
  { inputs, targets, weights }: Cases,
): number | undefined {
  const mean = weightedMean(targets, weights);
  let [missed, all] = [0, 0];
  for (const [at, input] of inputs.entries()) {
    missed += weights[at]! * (targets[at]! - predictLinear(model, input)) ** 2;
    all += weights[at]! * (targets[at]! - mean) ** 2;
  }
  return all > 0 ? 1 - missed / all : undefined;
}
