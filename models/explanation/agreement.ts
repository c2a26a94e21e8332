/** Ranks from 1; equal values share the mean of their ranks. */
function ranksOf(values: ArrayLike<number>): Float64Array {
  const order = Array.from(values, (_, at) => at).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(order.length);
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let at = start; at < end; at++) ranks[order[at]!] = (start + 1 + end) / 2;
  }
  return ranks;
}

/**
 * Spearman's rank correlation, -1 to 1: whether two maps order the pixels alike, whatever their units. Undefined where
 * one of them has the same value everywhere. Both have the same length.
 */
export function rankCorrelation(
  one: ArrayLike<number>,
  other: ArrayLike<number>,
): number | undefined {
  const [x, y] = [ranksOf(one), ranksOf(other)];
  const mean = (x.length + 1) / 2;
  let [product, squaresX, squaresY] = [0, 0, 0];
  for (let at = 0; at < x.length; at++) {
    product += (x[at]! - mean) * (y[at]! - mean);
    squaresX += (x[at]! - mean) ** 2;
    squaresY += (y[at]! - mean) ** 2;
  }
  return squaresX > 0 && squaresY > 0 ? product / Math.sqrt(squaresX * squaresY) : undefined;
}
