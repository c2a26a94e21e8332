import { twoSided } from './distribution.ts';
import { delong } from './delong.ts';
import { holm } from './holm.ts';
import { type OperatingPoint, operatingPoint } from './operating-point.ts';
import { areaEstimate, fewestCases, type Sample } from './performance.ts';
import type { Estimate } from './proportion.ts';
import { type Label, refuseScores } from './sample.ts';

/** Lower ends of the age bands, in years. */
const bands = [0, 1, 5, 18, 40, 65, 80];

/** More values than this are no subgroups but a measurement or a name. */
const mostValues = 24;

/** What an empty cell stands for. */
export const unknown = 'unknown';

/** An age in years, or as DICOM writes it (PS3.5, AS): 045Y, 018M, 003W, 010D. */
const age = /^(\d{1,3})([YMWD]?)$/;
const unitsAYear = { '': 1, Y: 1, M: 12, W: 52.18, D: 365.25 } as const;

/** The band of an age, such as 18-39; `unknown` where there is none. */
export function ageBand(text: string): string {
  const [, count, unit = ''] = age.exec(text) ?? [];
  if (count === undefined) return unknown;
  const years = Number(count) / unitsAYear[unit as keyof typeof unitsAYear];
  const at = bands.findLastIndex((low) => years >= low);
  const next = bands[at + 1];
  return next === undefined
    ? `${bands[at]}+`
    : `${bands[at]}-${next - 1}`.replace('0-0', 'under 1');
}

/** Which subgroup each value of a column belongs to: ages by their band, other values as they are. */
export function groupValues(column: string, values: readonly string[]): string[] {
  const given = values.filter((value) => value !== '');
  const isAge = /age/i.test(column) && given.every((value) => age.test(value));
  const groups = values.map((value) => (isAge ? ageBand(value) : value || unknown));
  const distinct = new Set(groups).size;
  if (distinct > mostValues)
    throw refuseScores(`the column "${column}" has ${distinct} values; these are no subgroups`);
  return groups;
}

/** In the order in which a person expects them: ages by age, other values by name, unknown last. */
export function compareGroups(one: string, other: string): number {
  const rank = (value: string) => (value === unknown ? Infinity : Number.parseInt(value, 10));
  const [a, b] = [value(rank(one)), value(rank(other))];
  return a === b ? one.localeCompare(other, 'en') : a - b;
}

const value = (rank: number): number => (Number.isNaN(rank) ? -1 : rank);

/** What the model does in one part of the cases. */
export interface Subgroup {
  column: string;
  value: string;
  cases: number;
  positives: number;
  /** At least 30 positives. Otherwise nothing here is a pass, whatever it says. */
  sufficient: boolean;
  point: OperatingPoint;
  /** Not where a class is missing. */
  auc?: Estimate;
  /** Whether the area differs from that of the rest, corrected by Holm over all subgroups that are sufficient. */
  p?: number;
}

function take({ labels, scores, clusters }: Sample, cases: readonly number[]): Sample {
  return {
    labels: cases.map((at): Label => labels[at] ?? 0),
    scores: cases.map((at) => scores[at] ?? 0),
    clusters: cases.map((at) => clusters[at] ?? ''),
  };
}

function hasBoth({ labels }: Sample): boolean {
  return labels.includes(0) && labels.includes(1);
}

/** p of a difference between two areas of different cases. */
function differ(one: Sample, other: Sample): number {
  const areas = [one, other].map(({ labels, scores, clusters }) =>
    delong(labels, [scores], clusters),
  );
  const [a = 0, b = 0] = areas.map(({ auc }) => auc[0] ?? 0);
  const variance = areas.reduce((sum, { covariance }) => sum + (covariance[0]?.[0] ?? 0), 0);
  return variance > 0 ? twoSided((a - b) / Math.sqrt(variance)) : Number(a === b);
}

function measure(all: Sample, threshold: number, column: string, value: string, cases: number[]) {
  const part = take(all, cases);
  const inside = new Set(cases);
  const rest = take(
    all,
    all.labels.map((_, at) => at).filter((at) => !inside.has(at)),
  );
  const positives = part.labels.filter((label) => label === 1).length;
  const sufficient = positives >= fewestCases;
  const comparable = sufficient && hasBoth(part) && hasBoth(rest);
  const flags = part.scores.map((score) => score >= threshold);
  return {
    column,
    value,
    cases: cases.length,
    positives,
    sufficient,
    point: operatingPoint(part.labels, flags, part.clusters),
    ...(hasBoth(part) && { auc: areaEstimate(part) }),
    ...(comparable && { p: differ(part, rest) }),
  };
}

/** Measures every value of every column. `values` holds each case's cell by column. */
export function measureSubgroups(
  sample: Sample,
  threshold: number,
  columns: readonly string[],
  values: readonly Readonly<Record<string, string>>[],
): Subgroup[] {
  const groups = columns.flatMap((column) => {
    const members = groupValues(
      column,
      values.map((cells) => cells[column] ?? ''),
    );
    const byValue = [...Map.groupBy(members.keys(), (at) => members[at] ?? unknown)];
    return byValue
      .sort(([one], [other]) => compareGroups(one, other))
      .map(([value, cases]): Subgroup => measure(sample, threshold, column, value, cases));
  });
  const tested = groups.filter((group) => group.p !== undefined);
  const corrected = holm(tested.map(({ p }) => p ?? 1));
  tested.forEach((group, at) => (group.p = corrected[at] ?? 1));
  return groups;
}
