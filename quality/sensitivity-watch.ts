import { clopperPearson, type Interval } from '../models/evaluation/proportion.ts';
import { advance, limitOf, makeChart } from './cusum.ts';
import { isVerified, type JudgedExam, type VerifiedExam } from './judged-exam.ts';

/** Sensitivity below which a model has to be retrained. */
export const requiredSensitivity = 0.92;
/** Sensitivity that the model is taken to have while nothing speaks against it. */
export const intendedSensitivity = 0.95;
/** Fewest positives of a period of which the share itself may be judged. */
export const fewestPositives = 50;

/** Tells twice the intended share of misses from the intended one. */
export const missChart = makeChart(1 - intendedSensitivity, 2 * (1 - intendedSensitivity));
/** h = 3, for each site: met by chance once in 1196 positives. */
export const watchLimit = limitOf(missChart, 3);
/** h = 4, for the model on all sites: met by chance once in 3374 positives. */
export const alarmLimit = limitOf(missChart, 4);

/**
 * The positives that a watch may count, in the order in which they became known: late reports then add to the
 * sequence and never rewrite it. One whose truth was looked for because of what the model said would bring hits, or
 * misses, of one side alone and is left out.
 */
export function watchedPositives(exams: readonly JudgedExam[]): VerifiedExam[] {
  const positives = exams
    .filter(isVerified)
    .filter(({ truth }) => truth.label === 1 && truth.selection !== 'by-answer');
  return positives.sort(
    (one, other) =>
      one.truth.knownAt - other.truth.knownAt ||
      one.at - other.at ||
      (one.exam < other.exam ? -1 : 1),
  );
}

/** Where the chart of one sequence of positives stands. `crossedAt` is when it first met its limit. */
export interface ChartReading {
  value: number;
  limit: number;
  crossedAt?: number | undefined;
}

/** Follows positives in their order. A chart that has met its limit stays so until it is begun anew. */
export function followMisses(positives: readonly VerifiedExam[], limit: number): ChartReading {
  const reading: ChartReading = { value: 0, limit };
  for (const { answer, truth } of positives) {
    reading.value = advance(missChart, reading.value, !answer.flagged);
    if (reading.value >= limit) reading.crossedAt ??= truth.knownAt;
  }
  return reading;
}

/** Why something is raised, by code. */
export type WatchReason =
  | 'site-chart-over-limit'
  | 'share-below-required'
  | 'model-chart-over-limit'
  | 'limit-below-intended';

export interface SensitivityVerdict {
  /** `watch`: look closer. `alarm`: a retraining ticket is due. */
  level: 'quiet' | 'watch' | 'alarm';
  reasons: WatchReason[];
  /** Positives and hits of the period that the point rule reads. */
  period: { positives: number; hits: number; interval: Interval };
  model: ChartReading;
  sites: Record<string, ChartReading>;
}

/** Of which exams a verdict is made. */
export interface WatchRequest {
  exams: readonly JudgedExam[];
  /** From when on positives count, by when they became known: the last time that somebody began the charts anew. */
  since: number;
  /** Exams of the period that the point rule reads, by when they came: `from` inclusive, `to` exclusive. */
  period: { from: number; to: number };
}

/**
 * The rule "sensitivity below 92 %" as four rules that do not cry at chance. Watch: the chart of a site over h = 3, or
 * below 92 % on at least 50 positives. Alarm: the chart of the model over h = 4, or the upper limit of the exact 95 %
 * interval below 95 % on at least 50 positives. Pure, and the same for the same exams in any order.
 */
export function judgeSensitivity({ exams, since, period }: WatchRequest): SensitivityVerdict {
  const positives = watchedPositives(exams).filter(({ truth }) => truth.knownAt >= since);
  const bySite = Object.entries(Object.groupBy(positives, ({ site }) => site));
  const sites = Object.fromEntries(
    bySite.map(([site, own = []]) => [site, followMisses(own, watchLimit)]),
  );
  const model = followMisses(positives, alarmLimit);
  const counts = countPeriod(positives.filter(({ at }) => at >= period.from && at < period.to));
  const reasons = findReasons(counts, model, Object.values(sites));
  return { level: levelOf(reasons), reasons, period: counts, model, sites };
}

function countPeriod(positives: readonly VerifiedExam[]): SensitivityVerdict['period'] {
  const hits = positives.filter(({ answer }) => answer.flagged).length;
  const trials = positives.length;
  return { positives: trials, hits, interval: clopperPearson({ successes: hits, trials }) };
}

function findReasons(
  { positives, hits, interval }: SensitivityVerdict['period'],
  model: ChartReading,
  sites: readonly ChartReading[],
): WatchReason[] {
  const crossed = ({ crossedAt }: ChartReading) => crossedAt !== undefined;
  const enough = positives >= fewestPositives;
  const rules: [boolean, WatchReason][] = [
    [crossed(model), 'model-chart-over-limit'],
    [enough && interval.high < intendedSensitivity, 'limit-below-intended'],
    [sites.some(crossed), 'site-chart-over-limit'],
    [enough && hits / positives < requiredSensitivity, 'share-below-required'],
  ];
  return rules.filter(([applies]) => applies).map(([, reason]) => reason);
}

const alarming: readonly WatchReason[] = ['model-chart-over-limit', 'limit-below-intended'];

function levelOf(reasons: readonly WatchReason[]): SensitivityVerdict['level'] {
  if (reasons.some((reason) => alarming.includes(reason))) return 'alarm';
  return reasons.length > 0 ? 'watch' : 'quiet';
}
