import { criticalValue, twoSided } from './distribution.ts';
import { type Estimate, standardLevel } from './proportion.ts';
import { type Label, mean, requireBothClasses } from './sample.ts';

/** Areas under several ROC curves of the same cases, and what is known of their errors. */
export interface Areas {
  /** One a set of scores; 0.5 tells nothing. */
  auc: number[];
  /** Variances on the diagonal, covariances beside it. */
  covariance: number[][];
}

/** Each value's rank from 1; equal values share the mean of their ranks. */
export function midranks(values: readonly number[]): number[] {
  const order = values.map((_, at) => at).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = Array.from(values, () => 0);
  for (let start = 0; start < order.length;) {
    const value = values[order[start] ?? 0];
    let end = start + 1;
    while (end < order.length && values[order[end] ?? 0] === value) end++;
    for (const at of order.slice(start, end)) ranks[at] = (start + end + 1) / 2;
    start = end;
  }
  return ranks;
}

/** Of one set of scores: each case's share of the other class that it is ranked rightly against. */
interface Placement {
  auc: number;
  /** By case. Their mean in either class is the area. */
  values: number[];
}

function place(labels: readonly Label[], scores: readonly number[]): Placement {
  const ranks = midranks(scores);
  const values = scores.map(() => 0);
  for (const label of [0, 1] as const) {
    const own = scores.map((_, at) => at).filter((at) => labels[at] === label);
    const others = scores.length - own.length;
    midranks(own.map((at) => scores[at] ?? 0)).forEach((rank, nth) => {
      const at = own[nth] ?? 0;
      const below = ((ranks[at] ?? 0) - rank) / others;
      values[at] = label === 1 ? below : 1 - below;
    });
  }
  return { auc: mean(values.filter((_, at) => labels[at] === 1)), values };
}

/** Sums of (placement - area) over each cluster, divided by the size of the class. */
type ClusterSums = Map<string, number>;

function sumClusters(
  { auc, values }: Placement,
  labels: readonly Label[],
  clusters: readonly string[],
  label: Label,
): ClusterSums {
  const size = labels.filter((each) => each === label).length;
  const sums: ClusterSums = new Map();
  values.forEach((value, at) => {
    if (labels[at] !== label) return;
    const cluster = clusters[at] ?? '';
    sums.set(cluster, (sums.get(cluster) ?? 0) + (value - auc) / size);
  });
  return sums;
}

function crossProduct(one: ClusterSums, other: ClusterSums): number {
  const shared = [...one].filter(([cluster]) => other.has(cluster));
  const sum = shared.reduce((total, [key, value]) => total + value * (other.get(key) ?? 0), 0);
  return shared.length < 2 ? sum : (shared.length / (shared.length - 1)) * sum;
}

/**
 * Areas under the ROC curves of one or more sets of scores of the same cases, with DeLong's covariance (DeLong,
 * DeLong and Clarke-Pearson 1988, by midranks as Sun and Xu 2014). Where `clusters` names each case's patient, the
 * covariance is Obuchowski's (1997), which is DeLong's where every patient has one case. A higher score means the
 * finding. Of a single patient of a class nothing can be said: then every covariance is infinite. Throws SCORES_INVALID for a score that is no number and where a class is missing.
 */
export function delong(
  labels: readonly Label[],
  scoreSets: readonly (readonly number[])[],
  clusters: readonly string[] = labels.map((_, at) => String(at)),
): Areas {
  for (const scores of scoreSets) requireBothClasses(labels, scores);
  const placements = scoreSets.map((scores) => place(labels, scores));
  const sums = placements.map((placement) => ({
    positives: sumClusters(placement, labels, clusters, 1),
    negatives: sumClusters(placement, labels, clusters, 0),
  }));
  const tooFew = sums.some(({ positives, negatives }) => positives.size < 2 || negatives.size < 2);
  const covariance = sums.map((one) =>
    sums.map((other) =>
      tooFew
        ? Infinity
        : crossProduct(one.positives, other.positives) +
          crossProduct(one.negatives, other.negatives) +
          crossProduct(one.positives, other.negatives) +
          crossProduct(one.negatives, other.positives),
    ),
  );
  return { auc: placements.map(({ auc }) => auc), covariance };
}

/** The area of one set of scores with DeLong's interval, cut to [0, 1]. */
export function aucWithInterval(
  labels: readonly Label[],
  scores: readonly number[],
  clusters?: readonly string[],
  level = standardLevel,
): Estimate {
  const { auc, covariance } = delong(labels, [scores], clusters);
  return around(auc[0] ?? 0, covariance[0]?.[0] ?? 0, level);
}

function around(value: number, variance: number, level: number): Estimate {
  const half = criticalValue(level) * Math.sqrt(Math.max(0, variance));
  return { value, low: Math.max(0, value - half), high: Math.min(1, value + half) };
}

/** Two tests on the same cases: `difference` is the second area less the first. */
export interface AreaComparison {
  auc: [number, number];
  difference: Estimate;
  z: number;
  /** Two-sided. 1 where the two rank every pair alike. */
  p: number;
}

/** DeLong's paired test of two sets of scores of the same cases. Throws as `delong` does. */
export function compareAreas(
  labels: readonly Label[],
  first: readonly number[],
  second: readonly number[],
  clusters?: readonly string[],
  level = standardLevel,
): AreaComparison {
  const { auc, covariance } = delong(labels, [first, second], clusters);
  const [a = 0, b = 0] = auc;
  const [[va = 0, cab = 0] = [], [, vb = 0] = []] = covariance;
  const variance = Number.isFinite(cab) ? Math.max(0, va + vb - 2 * cab) : Infinity;
  const deviation = Math.sqrt(variance);
  const z = deviation > 1e-12 ? (b - a) / deviation : 0;
  const half = criticalValue(level) * deviation;
  const difference = { value: b - a, low: b - a - half, high: b - a + half };
  return { auc: [a, b], difference, z, p: twoSided(z) };
}
