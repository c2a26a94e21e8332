import { fairCoin, twoSided } from './distribution.ts';

/** Cases on which exactly one of two tests is right. */
export interface Discordance {
  onlyFirst: number;
  onlySecond: number;
}

export interface McNemar extends Discordance {
  /** Exact, two-sided. */
  p: number;
  /** The approximation with continuity correction, for whoever compares with another program. */
  pApproximate: number;
}

/**
 * Whether two tests are right equally often on the same cases (McNemar 1947). Call it on the positives and on the
 * negatives apart: together, a gain in specificity hides a loss in sensitivity.
 */
export function mcnemar({ onlyFirst, onlySecond }: Discordance): McNemar {
  const all = onlyFirst + onlySecond;
  const corrected = Math.max(0, Math.abs(onlyFirst - onlySecond) - 1) / Math.sqrt(all || 1);
  return {
    onlyFirst,
    onlySecond,
    p: fairCoin(onlyFirst, all),
    pApproximate: twoSided(corrected),
  };
}
