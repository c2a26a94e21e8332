import { createHash } from 'node:crypto';
import { ScansideError } from '../../device/errors.ts';
import { type Part, parts } from './dataset.ts';

/** One image, as far as a split is concerned. */
export interface SplitItem {
  patient: string;
  site?: string | undefined;
  /** 0 or 1; an image without a label takes no part in the split. */
  label?: number | undefined;
}

/** Percentages, which add up to 100. */
export type Percentages = Record<Part, number>;

/**
 * Which part every patient belongs to; a patient without any label has none. In each stratum (the largest label of a
 * patient's images, by site where sites are known) patients are ordered by the SHA-256 of seed and patient, and cut at
 * the percentages. So the parts hang on the seed alone, and a patient who is added moves only the neighbours of a cut.
 */
export function splitPatients(
  items: readonly SplitItem[],
  seed: string,
  percentages: Percentages,
): Map<string, Part> {
  checkPercentages(percentages);
  return new Map(
    strataOf(items, seed).flatMap((patients) =>
      patients.map((patient, index): [string, Part] => [
        patient,
        partAt(index, patients.length, percentages),
      ]),
    ),
  );
}

/** Which of `k` folds every patient belongs to: in each stratum, in the same order, they are dealt out in turn. */
export function foldPatients(
  items: readonly SplitItem[],
  seed: string,
  k: number,
): Map<string, number> {
  return new Map(
    strataOf(items, seed).flatMap((patients) =>
      patients.map((patient, index): [string, number] => [patient, index % k]),
    ),
  );
}

/**
 * The same with whole sites in place of patients, not stratified, for a test on a site that no model has seen. Throws
 * DATASET_INVALID where an image has no site, or a patient was at sites of two parts.
 */
export function splitSites(
  items: readonly SplitItem[],
  seed: string,
  percentages: Percentages,
): Map<string, Part> {
  checkPercentages(percentages);
  const sites = new Set(items.map(siteOf));
  const partBySite = assignAt(orderBySeed([...sites], seed), percentages);
  return partByPatient(items, partBySite);
}

/** Whole sites dealt out to `k` folds. */
export function foldSites(
  items: readonly SplitItem[],
  seed: string,
  k: number,
): Map<string, number> {
  const sites = orderBySeed([...new Set(items.map(siteOf))], seed);
  return partByPatient(items, new Map(sites.map((site, index) => [site, index % k])));
}

function siteOf({ site, patient }: SplitItem): string {
  if (site !== undefined) return site;
  throw new ScansideError('DATASET_INVALID', `patient ${patient} has an image without a site`);
}

function assignAt(ordered: string[], percentages: Percentages): Map<string, Part> {
  const entries = ordered.map((name, index): [string, Part] => [
    name,
    partAt(index, ordered.length, percentages),
  ]);
  return new Map(entries);
}

function partByPatient<T>(items: readonly SplitItem[], bySite: Map<string, T>): Map<string, T> {
  const byPatient = new Map<string, T>();
  for (const item of items.filter(({ label }) => label !== undefined)) {
    const found = bySite.get(siteOf(item))!;
    if ((byPatient.get(item.patient) ?? found) !== found)
      throw new ScansideError(
        'DATASET_INVALID',
        `patient ${item.patient} was at several sites, which fall into different parts`,
      );
    byPatient.set(item.patient, found);
  }
  return byPatient;
}

/** The patients of every stratum in the order of the seed. */
function strataOf(items: readonly SplitItem[], seed: string): string[][] {
  const strata = Map.groupBy(stratumByPatient(items), ([, stratum]) => stratum);
  return [...strata.values()].map((entries) =>
    orderBySeed(
      entries.map(([patient]) => patient),
      seed,
    ),
  );
}

function stratumByPatient(items: readonly SplitItem[]): [string, string][] {
  const labelled = items.filter(({ label }) => label !== undefined);
  const patients = Map.groupBy(labelled, ({ patient }) => patient);
  return [...patients].map(([patient, images]) => {
    const label = Math.max(...images.map((image) => image.label ?? 0));
    const sites = new Set(images.flatMap(({ site }) => (site === undefined ? [] : [site])));
    const prefix = sites.size > 0 ? `${[...sites].sort().join('+')}/` : '';
    return [patient, `${prefix}${label}`];
  });
}

function orderBySeed(names: string[], seed: string): string[] {
  const keyed = names.map((name): [string, string] => [
    createHash('sha256').update(`${seed}:${name}`).digest('hex'),
    name,
  ]);
  return keyed.toSorted(byKeyThenName).map(([, name]) => name);
}

function byKeyThenName(one: [string, string], other: [string, string]): number {
  const [a, b] = one[0] === other[0] ? [one[1], other[1]] : [one[0], other[0]];
  return a < b ? -1 : Number(a > b);
}

function partAt(index: number, count: number, { train, validation }: Percentages): Part {
  const cut = (percentage: number): number => Math.floor((count * percentage) / 100 + 0.5);
  if (index < cut(train)) return 'train';
  return index < cut(train + validation) ? 'validation' : 'test';
}

function checkPercentages(percentages: Percentages): void {
  const values = parts.map((name) => percentages[name]);
  const sum = values.reduce((total, value) => total + value, 0);
  if (values.every((value) => value >= 0) && sum === 100) return;
  throw new ScansideError('DATASET_INVALID', `the parts add up to ${sum}, not to 100`);
}
