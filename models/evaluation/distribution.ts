import jstat from 'jstat';

const { jStat } = jstat;

/** Quantile of the standard normal distribution. */
export function normalQuantile(probability: number): number {
  return jStat.normal.inv(probability, 0, 1);
}

/** The normal quantile that a two-sided interval of confidence `level` (such as 0.95) reaches to. */
export function criticalValue(level: number): number {
  return normalQuantile((1 + level) / 2);
}

/** Two-sided probability of a standard normal value at least as far from 0 as `z`. */
export function twoSided(z: number): number {
  return 2 * jStat.normal.cdf(-Math.abs(z), 0, 1);
}

/** Quantile of the beta distribution with both parameters positive. */
export function betaQuantile(probability: number, alpha: number, beta: number): number {
  return jStat.beta.inv(probability, alpha, beta);
}

function logChoose(n: number, k: number): number {
  return jStat.gammaln(n + 1) - jStat.gammaln(k + 1) - jStat.gammaln(n - k + 1);
}

/** Exact two-sided p of `successes` in `trials` of a fair coin; 1 where there was no trial. */
export function fairCoin(successes: number, trials: number): number {
  const rarer = Math.min(successes, trials - successes);
  let tail = 0;
  for (let k = 0; k <= rarer; k++) tail += Math.exp(logChoose(trials, k) - trials * Math.LN2);
  return Math.min(1, 2 * tail);
}

/**
 * Fisher's exact one-sided p: of `total` cases, `marked` are marked and `drawn` were drawn; the probability of at
 * least `both` marked ones among the drawn where drawing has nothing to do with the mark.
 */
export function enrichment(both: number, drawn: number, marked: number, total: number): number {
  const all = logChoose(total, drawn);
  let tail = 0;
  for (let k = both; k <= Math.min(drawn, marked); k++)
    if (drawn - k <= total - marked)
      tail += Math.exp(logChoose(marked, k) + logChoose(total - marked, drawn - k) - all);
  return Math.min(1, tail);
}
