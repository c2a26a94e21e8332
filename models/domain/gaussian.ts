/** A normal distribution with full covariance, as what is needed to measure a distance to it. */
export interface Gaussian {
  mean: Float64Array;
  /** Standard deviation of each dimension. */
  deviation: Float64Array;
  /** Lower triangle of the Cholesky factor of the shrunk correlation matrix, row by row. */
  factor: Float64Array;
}

/** How much of the correlations is given up for a matrix that can be trusted with few cases. */
const shrinkage = 0.1;
/** A dimension that never varies must not divide by zero. */
const smallest = 1e-6;

function meanOf(cases: readonly Float64Array[], size: number): Float64Array {
  const mean = new Float64Array(size);
  for (const each of cases) for (let d = 0; d < size; d++) mean[d]! += each[d]! / cases.length;
  return mean;
}

function deviationOf(cases: readonly Float64Array[], mean: Float64Array): Float64Array {
  const squares = new Float64Array(mean.length);
  for (const each of cases)
    for (let d = 0; d < mean.length; d++) squares[d]! += (each[d]! - mean[d]!) ** 2 / cases.length;
  return squares.map((square) => Math.sqrt(square) + smallest);
}

/** (1 − s)·C + s·I of standardised cases, lower triangle row by row. */
function correlationOf(cases: readonly Float64Array[], size: number): Float64Array {
  const lower = new Float64Array((size * (size + 1)) / 2);
  for (const z of cases)
    for (let row = 0, at = 0; row < size; row++)
      for (let column = 0; column <= row; column++, at++) lower[at]! += z[row]! * z[column]!;
  for (let row = 0, at = 0; row < size; row++)
    for (let column = 0; column <= row; column++, at++)
      lower[at] = (1 - shrinkage) * (lower[at]! / cases.length) + (row === column ? shrinkage : 0);
  return lower;
}

/** In place: A = L·Lᵀ. The shrinkage makes A positive definite. */
function factorise(lower: Float64Array, size: number): Float64Array {
  const start = (row: number) => (row * (row + 1)) / 2;
  for (let row = 0; row < size; row++)
    for (let column = 0; column <= row; column++) {
      let sum = lower[start(row) + column]!;
      for (let k = 0; k < column; k++) sum -= lower[start(row) + k]! * lower[start(column) + k]!;
      lower[start(row) + column] =
        row === column ? Math.sqrt(sum) : sum / lower[start(column) + column]!;
    }
  return lower;
}

function standardise(values: Float64Array, { mean, deviation }: Omit<Gaussian, 'factor'>) {
  return values.map((value, d) => (value - mean[d]!) / deviation[d]!);
}

/** Fits to cases of equal length, at least two of them. */
export function fitGaussian(cases: readonly Float64Array[]): Gaussian {
  const size = cases[0]?.length ?? 0;
  const mean = meanOf(cases, size);
  const deviation = deviationOf(cases, mean);
  const standardised = cases.map((each) => standardise(each, { mean, deviation }));
  return { mean, deviation, factor: factorise(correlationOf(standardised, size), size) };
}

/** Squared Mahalanobis distance divided by the number of dimensions: about 1 for what the distribution is made of. */
export function squaredDistance(gaussian: Gaussian, values: Float64Array): number {
  const z = standardise(values, gaussian);
  const { factor } = gaussian;
  let sum = 0;
  // Forward substitution: y = L⁻¹ z, written over z.
  for (let row = 0, at = 0; row < z.length; row++, at++) {
    let value = z[row]!;
    for (let k = 0; k < row; k++, at++) value -= factor[at]! * z[k]!;
    value /= factor[at]!;
    z[row] = value;
    sum += value * value;
  }
  return sum / z.length;
}
