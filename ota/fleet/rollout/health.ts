import { type Estimate, wilson } from '../../../models/evaluation/proportion.ts';
import type { ModelCounts } from '../store/model-day.ts';

/** One thing that is compared between the release and the versions before it on the same devices. */
export interface Measure {
  name: 'errors' | 'abstained' | 'flags' | 'latency p95';
  /** Shares of 1; of the latency seconds. With 95 % intervals. */
  candidate: Estimate;
  before: Estimate;
  isWorse: boolean;
}

/**
 * How a release does. `waiting`: too little is known, which is not a pass. `worse`: the intervals of some measure do not
 * meet. `good`: they all do.
 */
export interface Health {
  state: 'waiting' | 'good' | 'worse';
  /** Exams of the release and of the versions before that have been told of. */
  exams: { candidate: number; before: number; needed: number };
  measures: Measure[];
}

/** Seconds at the lower end of the first bin, as a power of ten, and bins of a power of ten. */
const [firstPower, binsOfPower] = [-1, 10];
/** Standard deviations of a 95 % interval. */
const z = 1.96;

/** Compares what a release did with what the versions before did. `needed`: exams of each that a verdict takes. */
export function judgeHealth(before: ModelCounts, candidate: ModelCounts, needed: number): Health {
  const exams = { candidate: examsOf(candidate), before: examsOf(before), needed };
  if (exams.candidate < needed || exams.before < needed)
    return { state: 'waiting', exams, measures: [] };
  const measures = measuresOf(before, candidate);
  return { state: measures.some(({ isWorse }) => isWorse) ? 'worse' : 'good', exams, measures };
}

/** What is worse, or what is missing, in words. */
export function describeHealth({ state, exams, measures }: Health): string {
  if (state === 'waiting') {
    const { candidate, before, needed } = exams;
    return `health: ${candidate} exams of the release and ${before} before it, of ${needed} each`;
  }
  const told = measures.filter(({ isWorse }) => isWorse === (state === 'worse'));
  return told.map(wordsOf).join('; ');
}

function wordsOf({ name, candidate, before }: Measure): string {
  const say = ({ value, low, high }: Estimate) =>
    name === 'latency p95'
      ? `${value.toFixed(1)} s (${low.toFixed(1)} to ${high.toFixed(1)})`
      : `${percent(value)} % (${percent(low)} to ${percent(high)})`;
  return `${name} ${say(candidate)}, before ${say(before)}`;
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}

function measuresOf(before: ModelCounts, candidate: ModelCounts): Measure[] {
  const answers = (counts: ModelCounts) => counts.flagged + counts.unflagged;
  const errors = [before, candidate].map((each) => share(each.failed, examsOf(each)));
  const silence = [before, candidate].map((each) => share(each.abstained, examsOf(each)));
  const flags = [before, candidate].map((each) => share(each.flagged, answers(each)));
  const latency = [before, candidate].map((each) => p95Of(each.latency));
  return [
    measure('errors', errors, isAbove),
    measure('abstained', silence, isAbove),
    measure('flags', flags, (now, then) => isAbove(now, then) || isAbove(then, now)),
    ...(latency[0] && latency[1] ? [measure('latency p95', latency, isAbove)] : []),
  ];
}

function measure(
  name: Measure['name'],
  [before, candidate]: (Estimate | undefined)[],
  isUnlike: (now: Estimate, then: Estimate) => boolean,
): Measure {
  const [then, now] = [before!, candidate!];
  return { name, candidate: now, before: then, isWorse: isUnlike(now, then) };
}

/** Whether a whole interval lies above another one. */
function isAbove(now: Estimate, then: Estimate): boolean {
  return now.low > then.high;
}

function examsOf({ flagged, unflagged, abstained, failed }: ModelCounts): number {
  return flagged + unflagged + abstained + failed;
}

function share(successes: number, trials: number): Estimate {
  return { value: trials > 0 ? successes / trials : 0, ...wilson({ successes, trials }) };
}

/**
 * The upper ends of the bins in which the 95th percentile and the ends of its interval lie; the ranks of these are those of
 * a binomial distribution. Undefined without exams.
 */
function p95Of(bins: readonly number[]): Estimate | undefined {
  const count = bins.reduce((sum, each) => sum + each, 0);
  if (count === 0) return undefined;
  const [rank, spread] = [0.95 * count, z * Math.sqrt(0.95 * 0.05 * count)];
  return {
    value: secondsAt(bins, rank),
    low: secondsAt(bins, rank - spread),
    high: secondsAt(bins, Math.min(count, rank + spread)),
  };
}

function secondsAt(bins: readonly number[], rank: number): number {
  let below = 0;
  const at = bins.findIndex((count) => (below += count) >= rank);
  return 10 ** (firstPower + (at < 0 ? bins.length : at + 1) / binsOfPower);
}
