import { isoInstant } from '../device/clock.ts';
import { notAnalysedReasons } from '../models/outcome.ts';
import { addCounts, type Bins, type Counts, countValues, emptyCounts } from './histogram.ts';
import { isScore, type Observation, signalsOf } from './signal.ts';

/** A count from 1 to one less than this could be of one patient and does not leave the device. */
export const smallestCell = 5;

/** Most bytes of a summary as JSON in UTF-8. */
export const mostBytes = 4096;

/** Histograms by name. */
export type Tally = Readonly<Record<string, Counts>>;

/** What is counted of every exam beside the signals. */
const outcomeBins: Bins = {
  kind: 'name',
  names: ['flagged', 'no-flag', ...Object.keys(notAnalysedReasons)],
};
/** Of what people said of flags: opinions, which are no truth. */
const opinionBins: Bins = { kind: 'name', names: ['agree', 'disagree'] };
/** Logarithm to base 10 of the seconds from the last image to the result. */
const latencyBins: Bins = { kind: 'number', low: -1, high: 3, count: 40 };

/** Fewer bins for many findings: each divides the fifty of the device, and a summary has to fit into four kilobytes. */
function scoreBins(findings: number): Bins {
  const most: [number, number][] = [
    [8, 50],
    [12, 25],
    [20, 10],
  ];
  const count = most.find(([limit]) => findings <= limit)?.[1] ?? 5;
  return { kind: 'number', low: 0, high: 1, count };
}

/** Which histograms a model's summaries hold. It follows from its findings alone, so that all devices count alike. */
export function telemetryBins(findings: readonly string[]): Record<string, Bins> {
  const scores = scoreBins(findings.length);
  const signals = Object.entries(signalsOf(findings)).map(([name, { bins }]) => [
    name,
    isScore(name) ? scores : bins,
  ]);
  return {
    outcome: outcomeBins,
    opinion: opinionBins,
    latency: latencyBins,
    ...Object.fromEntries(signals),
  };
}

/** What is counted of one exam: its outcome and latency, what was said of it, and its signals. */
export type TelemetryExam = Observation & { outcome: string };

export function emptyTally(bins: Readonly<Record<string, Bins>>): Tally {
  return mapNames(Object.keys(bins), (name) => emptyCounts(bins[name]!));
}

/** Counts exams. Of an exam that nobody has said anything of, no opinion is counted. */
export function tallyExams(
  bins: Readonly<Record<string, Bins>>,
  exams: readonly TelemetryExam[],
): Tally {
  return mapNames(Object.keys(bins), (name) => {
    const values = exams.map((exam) => exam[name]);
    const said = name === 'opinion' ? values.filter((value) => value !== undefined) : values;
    return countValues(bins[name]!, said);
  });
}

/** Adds tallies of the same bins. Throws a RangeError where they differ. */
export function addTallies(one: Tally, other: Tally): Tally {
  const names = Object.keys(one);
  if (names.length !== Object.keys(other).length)
    throw new RangeError('The tallies do not hold the same histograms.');
  return mapNames(names, (name) => addCounts(one[name]!, other[name] ?? []));
}

function mapNames(names: readonly string[], make: (name: string) => Counts): Tally {
  return Object.fromEntries(names.map((name) => [name, make(name)]));
}

/**
 * Parts what may leave the device from what stays. A cell below five stays and is counted with the next day, until it
 * may go: so nothing is lost, every published cell is nil or at least five, and what is published adds up exactly.
 */
export function partTally(tally: Tally): { published: Tally; kept: Tally } {
  const keep = (kept: boolean) =>
    mapNames(Object.keys(tally), (name) =>
      tally[name]!.map((count) => (count < smallestCell === kept ? count : 0)),
    );
  return { published: keep(false), kept: keep(true) };
}

/** What one device tells of one model of one day. Names no patient, exam, person or place. */
export interface TelemetrySummary {
  schema: 1;
  model: string;
  version: string;
  /** Days of the device's clock in UTC, both inclusive. */
  from: string;
  to: string;
  counts: Tally;
}

/** Of which model and moment a summary is. `at` in milliseconds since 1970. */
export interface SummaryRequest {
  model: string;
  version: string;
  at: number;
}

/** Makes the summary of a day from what was counted on it and what the days before have kept. */
export function summarise(
  { model, version, at }: SummaryRequest,
  today: Tally,
  keptBefore: Tally,
): { summary: TelemetrySummary; kept: Tally } {
  const { published, kept } = partTally(addTallies(today, keptBefore));
  const day = isoInstant(at).slice(0, 10);
  return {
    summary: { schema: 1, model, version, from: day, to: day, counts: published },
    kept,
  };
}

/** Adds summaries of one version of a model, of any devices and days, in any order. Throws a RangeError for others. */
export function mergeSummaries(one: TelemetrySummary, other: TelemetrySummary): TelemetrySummary {
  if (one.model !== other.model || one.version !== other.version)
    throw new RangeError('The summaries are of different models.');
  return {
    ...one,
    from: one.from < other.from ? one.from : other.from,
    to: one.to > other.to ? one.to : other.to,
    counts: addTallies(one.counts, other.counts),
  };
}
