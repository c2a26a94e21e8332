/** The middle value; the mean of the two in the middle where their number is even. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  if (Number.isInteger(middle)) return ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
  return sorted[Math.floor(middle)] ?? NaN;
}

/** The smallest value that at least `share` (0 to 1) of the values do not exceed: nearest rank. NaN of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/** A limit that a figure should keep. */
export type Limit = { atLeast: number } | { atMost: number } | { below: number };

/** What is said of a figure beside its limit. A figure that was not measured has reached nothing. */
export function verdict(figure: number | undefined, limit: Limit): string {
  if (figure === undefined || !Number.isFinite(figure)) return 'not measured';
  return isKept(figure, limit) ? 'reached' : 'not reached';
}

function isKept(figure: number, limit: Limit): boolean {
  if ('atLeast' in limit) return figure >= limit.atLeast;
  return 'atMost' in limit ? figure <= limit.atMost : figure < limit.below;
}

/** The limit as people write it, such as `≥ 1.1`. */
export function describeLimit(limit: Limit): string {
  if ('atLeast' in limit) return `≥ ${limit.atLeast}`;
  return 'atMost' in limit ? `≤ ${limit.atMost}` : `< ${limit.below}`;
}

/** The figure with so many digits that matter, or a dash where there is none. */
export function format(figure: number | undefined, digits = 2): string {
  return figure === undefined || !Number.isFinite(figure) ? '–' : figure.toFixed(digits);
}
