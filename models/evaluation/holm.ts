/**
 * Holm's (1979) step-down correction: p values of several questions asked of one set of cases, made larger so that
 * the chance of any false alarm among them is at most what a single one would have. Same order as given.
 */
export function holm(values: readonly number[]): number[] {
  const order = values.map((_, at) => at).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const adjusted = values.map(() => 1);
  let largest = 0;
  order.forEach((at, nth) => {
    largest = Math.max(largest, Math.min(1, (values[at] ?? 1) * (values.length - nth)));
    adjusted[at] = largest;
  });
  return adjusted;
}
