import type { Conformal } from './finding.ts';

/**
 * Split conformal quantile of calibration nonconformities: the ⌈(n+1)(1−α)⌉-th smallest. A new case of the same kind
 * exceeds it with a probability of at most `alpha`. 1 where there are too few cases for that promise.
 */
export function conformalQuantile(nonconformities: readonly number[], alpha: number): number {
  const rank = Math.ceil((nonconformities.length + 1) * (1 - alpha));
  return nonconformities.toSorted((a, b) => a - b)[rank - 1] ?? 1;
}

/** Which labels a probability leaves possible. */
export function possibleLabels(
  { positive, negative }: Conformal,
  probability: number,
): { positive: boolean; negative: boolean } {
  return { positive: 1 - probability <= positive, negative: probability <= negative };
}

/** Whether a probability below the threshold is low enough to say that nothing is flagged. */
export function excludesFinding(conformal: Conformal | undefined, probability: number): boolean {
  return !conformal || !possibleLabels(conformal, probability).positive;
}
