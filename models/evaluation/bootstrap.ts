import { type Random, seededRandom } from '../phantom/random.ts';
import { type Interval, standardLevel } from './proportion.ts';
import type { Label } from './sample.ts';

/** The same seed gives the same intervals on every machine. */
export interface BootstrapOptions {
  seed: number;
  replicates: number;
}

/** Quantile of sorted values by linear interpolation (R's type 7, NumPy's default). NaN where there is none. */
export function quantile(sorted: readonly number[], probability: number): number {
  const place = (sorted.length - 1) * probability;
  const below = Math.floor(place);
  const low = sorted[below] ?? Number.NaN;
  return low + (place - below) * ((sorted[below + 1] ?? low) - low);
}

/** Cases by patient, and the patients by the largest label of their cases. */
function stratify(labels: readonly Label[], clusters: readonly string[]): number[][][] {
  const patients = [...Map.groupBy(labels.keys(), (at) => clusters[at] ?? '').values()];
  return [0, 1].map((label) =>
    patients.filter((cases) => Math.max(...cases.map((at) => labels[at] ?? 0)) === label),
  );
}

/** Draws as many patients with replacement as each stratum has, with all their cases, in the order of the cases. */
function resample(strata: readonly number[][][], cases: number, random: Random): number[] {
  const times = new Uint16Array(cases);
  for (const patients of strata)
    for (let draw = 0; draw < patients.length; draw++)
      for (const at of patients[Math.floor(random.uniform(0, patients.length))] ?? [])
        times[at] = (times[at] ?? 0) + 1;
  const drawn: number[] = [];
  times.forEach((count, at) => {
    for (let nth = 0; nth < count; nth++) drawn.push(at);
  });
  return drawn;
}

/**
 * Percentile intervals (Efron 1979) of several figures at once. Patients are drawn, not cases, so that images of one
 * patient stay together; apart in those with and without the finding, so that both classes are there. `figures` gets
 * the indices of the drawn cases, ascending; a replicate in which a figure is not finite is left out for that figure.
 */
export function bootstrap(
  labels: readonly Label[],
  clusters: readonly string[],
  figures: (cases: number[]) => number[],
  { seed, replicates }: BootstrapOptions,
  level = standardLevel,
): Interval[] {
  const random = seededRandom(seed, 'bootstrap');
  const strata = stratify(labels, clusters);
  const draws = Array.from({ length: replicates }, () =>
    figures(resample(strata, labels.length, random)),
  );
  return (draws[0] ?? []).map((_, figure) => {
    const values = draws.map((draw) => draw[figure] ?? Number.NaN).filter(Number.isFinite);
    const sorted = values.sort((a, b) => a - b);
    return { low: quantile(sorted, (1 - level) / 2), high: quantile(sorted, (1 + level) / 2) };
  });
}
