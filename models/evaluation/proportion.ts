import { betaQuantile, criticalValue } from './distribution.ts';
import { mean } from './sample.ts';

/** Two-sided confidence limits. */
export interface Interval {
  low: number;
  high: number;
}

/** A figure with its confidence limits. */
export interface Estimate extends Interval {
  value: number;
}

/** How many of how many. `successes` may be fractional where cases are weighted. */
export interface Proportion {
  successes: number;
  trials: number;
}

/** Confidence of every interval unless said otherwise. */
export const standardLevel = 0.95;

/**
 * Wilson's score interval of a proportion, without continuity correction (Wilson 1927). [0, 1] where there was no
 * trial: nothing is known.
 */
export function wilson({ successes, trials }: Proportion, level = standardLevel): Interval {
  if (trials <= 0) return { low: 0, high: 1 };
  const z = criticalValue(level);
  const share = successes / trials;
  const scale = 1 + z ** 2 / trials;
  const centre = (share + z ** 2 / (2 * trials)) / scale;
  const half = (z * Math.sqrt((share * (1 - share)) / trials + z ** 2 / (4 * trials ** 2))) / scale;
  return {
    low: successes <= 0 ? 0 : Math.max(0, centre - half),
    high: successes >= trials ? 1 : Math.min(1, centre + half),
  };
}

/** Exact interval of a proportion (Clopper and Pearson 1934): covers at least `level`, whatever the truth is. */
export function clopperPearson({ successes, trials }: Proportion, level = standardLevel): Interval {
  const tail = (1 - level) / 2;
  const misses = trials - successes;
  return {
    low: successes <= 0 ? 0 : betaQuantile(tail, successes, misses + 1),
    high: misses <= 0 ? 1 : betaQuantile(1 - tail, successes + 1, misses),
  };
}

/**
 * How many times larger the variance of a mean is because cases come in clusters (Rao and Scott 1992), never less
 * than 1: clustering must not make a figure look surer. Where all values are equal, which says nothing of how alike a
 * cluster's cases are, they count as wholly alike.
 */
export function designEffect(values: readonly number[], clusters: readonly string[]): number {
  const centre = mean(values);
  const sums = new Map<string, number>();
  for (const [at, value] of values.entries()) {
    const cluster = clusters[at] ?? '';
    sums.set(cluster, (sums.get(cluster) ?? 0) + value - centre);
  }
  const within = values.reduce((total, value) => total + (value - centre) ** 2, 0);
  if (within === 0) return values.length / sums.size;
  const between = [...sums.values()].reduce((total, sum) => total + sum ** 2, 0);
  return Math.max(1, between / within);
}

/**
 * Wilson's interval of a proportion whose cases come in clusters (patients): both counts over the design effect.
 * `hits` holds 1 for a success and 0 for a failure.
 */
export function clusteredWilson(
  hits: readonly number[],
  clusters: readonly string[],
  level = standardLevel,
): Interval {
  if (hits.length === 0) return { low: 0, high: 1 };
  const effect = designEffect(hits, clusters);
  const successes = hits.reduce((sum, hit) => sum + hit, 0) / effect;
  return wilson({ successes, trials: hits.length / effect }, level);
}
