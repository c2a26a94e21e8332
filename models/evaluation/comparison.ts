import { bootstrap, type BootstrapOptions } from './bootstrap.ts';
import { type Case, partCases } from './case-table.ts';
import { averagePrecision } from './curve.ts';
import { type AreaComparison, compareAreas } from './delong.ts';
import { holm } from './holm.ts';
import { cohenKappa } from './kappa.ts';
import { type McNemar, mcnemar } from './mcnemar.ts';
import { judgeDifference, type Verdict } from './non-inferiority.ts';
import { clusteredDifference } from './paired-difference.ts';
import { fewestCases } from './performance.ts';
import { clusteredWilson, type Estimate } from './proportion.ts';
import { descending, type Label, refuseScores } from './sample.ts';
import { compareGroups, groupValues } from './subgroup.ts';

/** One case with the answers of both models. The first is the reference, the second the candidate. */
export interface PairedCase {
  file: string;
  patient: string;
  label: Label;
  columns: Record<string, string>;
  first: number;
  second: number;
}

/** What is asked, all of it set beforehand. */
export interface ComparisonQuestion {
  /** The first model's and the second one's. */
  thresholds: readonly [number, number];
  /** The largest losses that are accepted. */
  margins: { sensitivity: number; specificity: number; auc: number };
  subgroups: readonly string[];
  bootstrap: BootstrapOptions;
}

/** `insufficient-data` is no pass, nor is `inconclusive`. */
export type ComparisonVerdict = Verdict | 'insufficient-data';

/** Sensitivity or specificity of both. */
export interface ShareComparison {
  cases: number;
  first: Estimate;
  second: Estimate;
  difference: Estimate;
  test: McNemar;
  verdict: ComparisonVerdict;
}

/** A case whose flag differs. */
export type Flip = PairedCase & {
  /** Sight of a finding gained or lost, false alarm raised or stopped. */
  kind: 'gained' | 'lost' | 'false-alarm' | 'cleared';
};

export interface SubgroupComparison {
  column: string;
  value: string;
  cases: number;
  positives: number;
  sensitivity: ShareComparison;
  specificity: ShareComparison;
  /** Exact McNemar p values, corrected by Holm over all subgroups that are sufficient; absent in the others. */
  p?: { sensitivity: number; specificity: number };
}

export interface Comparison {
  schema: 1;
  kind: 'comparison';
  question: ComparisonQuestion;
  counts: {
    cases: number;
    patients: number;
    positives: number;
    /** Cases that are left out because one or both models gave no answer. */
    onlyFirst: number;
    onlySecond: number;
    neither: number;
  };
  sensitivity: ShareComparison;
  specificity: ShareComparison;
  auc: AreaComparison & { verdict: ComparisonVerdict };
  prAuc: { first: number; second: number; difference: Estimate };
  /** Cohen's kappa of the two models' flags. */
  agreement: Estimate;
  /** The least favourable of the three verdicts. */
  verdict: ComparisonVerdict;
  flips: Flip[];
  subgroups: SubgroupComparison[];
  remarks: string[];
}

/**
 * Pairs two models' answers on the same cases. Throws SCORES_INVALID where they are not the same: by file, label and
 * patient.
 */
export function pairCases(first: readonly Case[], second: readonly Case[]) {
  const others = new Map(second.map((each) => [each.file, each]));
  const known = new Set(first.map(({ file }) => file));
  const extra = second.find(({ file }) => !known.has(file));
  if (extra) throw refuseScores(`the first lacks the case "${extra.file}" of the second`);
  const both = first.map((one) => {
    const other = others.get(one.file);
    if (!other) throw refuseScores(`the second lacks the case "${one.file}" of the first`);
    if (one.label !== other.label || one.patient !== other.patient)
      throw refuseScores(`the two say different things of label or patient of "${one.file}"`);
    return { one, other };
  });
  const pairs = both.flatMap(({ one, other }): PairedCase[] => {
    if (!('score' in one.prediction && 'score' in other.prediction)) return [];
    const { file, patient, label } = one;
    const columns = { ...other.columns, ...one.columns };
    const scores = { first: one.prediction.score, second: other.prediction.score };
    return [{ file, patient, label, columns, ...scores }];
  });
  const silent = [partCases(first), partCases(second)].map(
    ({ abstained }) => new Set(abstained.map(({ file }) => file)),
  );
  const [a = new Set(), b = new Set()] = silent;
  const neither = [...a].filter((file) => b.has(file)).length;
  return { pairs, onlyFirst: b.size - neither, onlySecond: a.size - neither, neither };
}

function share(hits: readonly boolean[], clusters: readonly string[]): Estimate {
  const values = hits.map(Number);
  const value = values.reduce((sum, hit) => sum + hit, 0) / values.length;
  return { value, ...clusteredWilson(values, clusters) };
}

/** Of the cases with `label`, whether each model is right. */
function compareShares(
  pairs: readonly PairedCase[],
  label: Label,
  [one, other]: readonly [number, number],
  margin: number,
): ShareComparison {
  const cases = pairs.filter((pair) => pair.label === label);
  const clusters = cases.map(({ patient }) => patient);
  const first = cases.map((pair) => pair.first >= one === (label === 1));
  const second = cases.map((pair) => pair.second >= other === (label === 1));
  const difference = clusteredDifference(first, second, clusters);
  const enough = cases.length >= fewestCases;
  return {
    cases: cases.length,
    first: share(first, clusters),
    second: share(second, clusters),
    difference,
    test: mcnemar({
      onlyFirst: first.filter((right, at) => right && !second[at]).length,
      onlySecond: second.filter((right, at) => right && !first[at]).length,
    }),
    verdict: enough ? judgeDifference(difference, margin) : 'insufficient-data',
  };
}

/**
 * Average precision of drawn cases. The cases are sorted once; of a sample only their places are, which is several
 * times faster than sorting its scores.
 */
function drawnPrecision(labels: readonly Label[], scores: readonly number[]) {
  const order = descending(scores);
  const places = new Int32Array(order.length);
  order.forEach((at, place) => (places[at] = place));
  return (cases: readonly number[]): number => {
    const drawn = Int32Array.from(cases, (at) => places[at] ?? 0).sort();
    const sorted = Array.from(drawn, (place) => order[place] ?? 0);
    return averagePrecision(
      sorted.map((at) => labels[at] ?? 0),
      sorted.map((at) => scores[at] ?? 0),
    );
  };
}

function comparePrecision(pairs: readonly PairedCase[], options: BootstrapOptions) {
  const labels = pairs.map(({ label }) => label);
  const clusters = pairs.map(({ patient }) => patient);
  const ofFirst = drawnPrecision(
    labels,
    pairs.map((pair) => pair.first),
  );
  const ofSecond = drawnPrecision(
    labels,
    pairs.map((pair) => pair.second),
  );
  const [interval = { low: -1, high: 1 }] = bootstrap(
    labels,
    clusters,
    (cases) => [ofSecond(cases) - ofFirst(cases)],
    options,
  );
  const everyone = pairs.map((_, at) => at);
  const [first, second] = [ofFirst(everyone), ofSecond(everyone)];
  return { first, second, difference: { value: second - first, ...interval } };
}

const kinds = { 0: ['false-alarm', 'cleared'], 1: ['gained', 'lost'] } as const;

function findFlips(pairs: readonly PairedCase[], [one, other]: readonly [number, number]): Flip[] {
  return pairs
    .filter(({ first, second }) => first >= one !== second >= other)
    .map((pair) => ({ ...pair, kind: kinds[pair.label][pair.second >= other ? 0 : 1] }));
}

/** Table of flags: the first model's answer by row, the second one's by column. */
function flagTable(pairs: readonly PairedCase[], [one, other]: readonly [number, number]) {
  const count = (a: boolean, b: boolean) =>
    pairs.filter(({ first, second }) => first >= one === a && second >= other === b).length;
  return [false, true].map((a) => [false, true].map((b) => count(a, b)));
}

function compareSubgroups(
  pairs: readonly PairedCase[],
  { subgroups, thresholds, margins }: ComparisonQuestion,
): SubgroupComparison[] {
  const groups = subgroups.flatMap((column) => {
    const members = groupValues(
      column,
      pairs.map(({ columns }) => columns[column] ?? ''),
    );
    const byValue = [...Map.groupBy(pairs.keys(), (at) => members[at] ?? '')];
    return byValue
      .sort(([a], [b]) => compareGroups(a, b))
      .map(([value, places]): SubgroupComparison => {
        const part = places.flatMap((at) => pairs[at] ?? []);
        const sensitivity = compareShares(part, 1, thresholds, margins.sensitivity);
        const specificity = compareShares(part, 0, thresholds, margins.specificity);
        return {
          column,
          value,
          cases: part.length,
          positives: sensitivity.cases,
          sensitivity,
          specificity,
        };
      });
  });
  const tested = groups.filter(({ positives }) => positives >= fewestCases);
  const values = tested.flatMap(({ sensitivity, specificity }) => [
    sensitivity.test.p,
    specificity.test.p,
  ]);
  const corrected = holm(values);
  tested.forEach((group, at) => {
    group.p = { sensitivity: corrected[2 * at] ?? 1, specificity: corrected[2 * at + 1] ?? 1 };
  });
  return groups;
}

/** From the least favourable on. */
const ranking: readonly ComparisonVerdict[] = [
  'insufficient-data',
  'inferior',
  'inconclusive',
  'non-inferior',
  'superior',
];

export function isPass(verdict: ComparisonVerdict): boolean {
  return verdict === 'non-inferior' || verdict === 'superior';
}

function findRemarks({ counts, sensitivity, specificity }: Omit<Comparison, 'remarks'>): string[] {
  const left = counts.onlyFirst + counts.onlySecond + counts.neither;
  const remarks: [boolean, string][] = [
    [
      left > 0,
      `Left out: ${counts.onlyFirst} cases that only the first answered, ${counts.onlySecond} that only the ` +
        `second did, ${counts.neither} that neither did.`,
    ],
    [
      sensitivity.cases < fewestCases || specificity.cases < fewestCases,
      `Insufficient data: ${sensitivity.cases} cases with and ${specificity.cases} without the finding.`,
    ],
    [
      counts.patients < counts.cases,
      `${counts.cases} cases of ${counts.patients} patients: intervals are widened for that; McNemar's p is not.`,
    ],
  ];
  return remarks.filter(([applies]) => applies).map(([, text]) => text);
}

/**
 * Compares a candidate (second) with a reference (first) on the same cases: on the positives and on the negatives
 * apart. Throws SCORES_INVALID where a class is missing.
 */
export function compare(
  first: readonly Case[],
  second: readonly Case[],
  question: ComparisonQuestion,
): Comparison {
  const { pairs, ...left } = pairCases(first, second);
  const { thresholds, margins } = question;
  const labels = pairs.map(({ label }) => label);
  const patients = pairs.map(({ patient }) => patient);
  const areas = compareAreas(
    labels,
    pairs.map((pair) => pair.first),
    pairs.map((pair) => pair.second),
    patients,
  );
  const sensitivity = compareShares(pairs, 1, thresholds, margins.sensitivity);
  const specificity = compareShares(pairs, 0, thresholds, margins.specificity);
  const enough = sensitivity.cases >= fewestCases && specificity.cases >= fewestCases;
  const verdict = enough ? judgeDifference(areas.difference, margins.auc) : 'insufficient-data';
  const verdicts = [sensitivity.verdict, specificity.verdict, verdict];
  const comparison = {
    schema: 1,
    kind: 'comparison',
    question,
    counts: {
      cases: pairs.length,
      patients: new Set(patients).size,
      positives: sensitivity.cases,
      ...left,
    },
    sensitivity,
    specificity,
    auc: { ...areas, verdict },
    prAuc: comparePrecision(pairs, question.bootstrap),
    agreement: cohenKappa(flagTable(pairs, thresholds)),
    verdict: ranking.find((each) => verdicts.includes(each)) ?? 'inconclusive',
    flips: findFlips(pairs, thresholds),
    subgroups: compareSubgroups(pairs, question),
  } as const;
  return { ...comparison, remarks: findRemarks(comparison) };
}
