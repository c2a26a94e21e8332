import { wilson } from '../models/evaluation/proportion.ts';
import { advanceLimited, type LimitedChart, makeLimitedChart } from './cusum.ts';
import {
  chanceIndex,
  groupBins,
  kolmogorovSmirnov,
  stabilityIndex,
  sumGroups,
} from './divergence.ts';
import {
  addBlocks,
  addExam,
  type CountedExam,
  emptyBlock,
  type ExamBlock,
  type Signals,
} from './exam-block.ts';

/** Exams of a block, after each of which a window is judged. */
export const blockExams = 50;
/** Blocks of a window: 200 exams, fewer of which say nothing. A change is wholly inside after 249 exams at the latest. */
export const windowBlocks = 4;
/** Groups that the index is computed on. */
const indexGroups = 10;

/** When something is raised. */
export const driftLimits = {
  /** Stability index beyond what chance gives: the field's own limits. */
  indexWatch: 0.1,
  indexAlarm: 0.25,
  /** Chance of so large a distance: thousands of looks a year must not bring a false alarm. */
  distanceP: 1e-6,
  /** Exams between false crossings of each chart of the flag rate: years of a busy scanner. */
  flagRunLength: 100_000,
} as const;

/** A reference, made ready to hold windows against it. One for each model, modality and scanner. */
export interface DriftWatch {
  signals: Signals;
  reference: ExamBlock;
  /** Of each signal, the group of every bin. */
  groups: Record<string, number[]>;
  /** The odds of a flag doubled, and halved; undefined where these are not watched. */
  rate: { up: LimitedChart; down: LimitedChart } | undefined;
}

/** Rates beyond are watched as these: no exam count of a year would tell them apart. */
const [rarest, commonest] = [0.01, 0.99];

/** Makes a watch from what was counted on exams of the intended kind; only the signals counted there are judged. */
export function makeDriftWatch(signals: Signals, reference: ExamBlock): DriftWatch {
  const { low, high } = wilson({ successes: reference.flagged, trials: reference.exams });
  const rate = { up: rateChart(high, 2), down: rateChart(low, 1 / 2) };
  return { ...makeSignalWatch(signals, reference), rate };
}

/** The same without the rate of flags, whose charts are dear to make. */
export function makeSignalWatch(signals: Signals, reference: ExamBlock): DriftWatch {
  const groups = Object.entries(reference.signals).map(([name, counts]) => [
    name,
    // Names have no neighbours to be put together with.
    signals[name]?.bins.kind === 'name' ? [...counts.keys()] : groupBins(counts, indexGroups),
  ]);
  return { signals, reference, groups: Object.fromEntries(groups), rate: undefined };
}

/**
 * `rate` is the limit of what the reference allows that lies towards the change: a reference of some hundred exams
 * knows its own rate too badly to hold a chart to it.
 */
function rateChart(rate: number, factor: number): LimitedChart {
  const from = Math.min(commonest, Math.max(rarest, rate));
  const odds = (factor * from) / (1 - from);
  return makeLimitedChart(from, odds / (1 + odds), driftLimits.flagRunLength);
}

/** What has been seen so far. Plain data: it is kept and goes on after a restart. */
export interface DriftState {
  /** The block that is being filled. */
  open: ExamBlock;
  /** The last full ones, oldest first. */
  full: ExamBlock[];
  up: number;
  down: number;
}

export function startDrift({ signals }: DriftWatch): DriftState {
  return { open: emptyBlock(signals), full: [], up: 0, down: 0 };
}

/** The state after one more exam. */
export function observeExam(watch: DriftWatch, state: DriftState, exam: CountedExam): DriftState {
  const open = addExam(watch.signals, state.open, exam);
  const isFull = open.exams >= blockExams;
  return {
    open: isFull ? emptyBlock(watch.signals) : open,
    full: isFull ? [...state.full, open].slice(-windowBlocks) : state.full,
    up: watch.rate ? advanceLimited(watch.rate.up, state.up, exam.flagged) : 0,
    down: watch.rate ? advanceLimited(watch.rate.down, state.down, exam.flagged) : 0,
  };
}

export type DriftLevel = 'quiet' | 'watch' | 'alarm';

/** One signal of the window beside the reference. */
export interface SignalDrift {
  signal: string;
  level: DriftLevel;
  index: number;
  /** Not of names, which have no order. */
  distance?: number | undefined;
  p?: number | undefined;
}

export interface DriftVerdict {
  /** `unknown`: fewer exams than a window, and the flag rate says nothing. */
  level: DriftLevel | 'unknown';
  exams: number;
  signals: SignalDrift[];
  /** The flag rate has crossed a limit. */
  flagRate?: 'risen' | 'fallen' | undefined;
}

function judgeSignal(
  { signals, reference, groups }: DriftWatch,
  window: ExamBlock,
  signal: string,
) {
  const [expected = [], met = []] = [reference.signals[signal], window.signals[signal]];
  const groupOf = groups[signal] ?? [];
  const [grouped, here] = [sumGroups(expected, groupOf), sumGroups(met, groupOf)];
  const index = stabilityIndex(grouped, here);
  const excess = index - chanceIndex(grouped, here);
  if (signals[signal]?.bins.kind === 'name') return { signal, level: levelOf(excess, 1), index };
  const { distance, p } = kolmogorovSmirnov(expected, met);
  return { signal, level: levelOf(excess, p), index, distance, p };
}

function levelOf(excess: number, p: number): DriftLevel {
  if (excess >= driftLimits.indexAlarm || p < driftLimits.distanceP) return 'alarm';
  return excess >= driftLimits.indexWatch ? 'watch' : 'quiet';
}

const levels: readonly DriftVerdict['level'][] = ['unknown', 'quiet', 'watch', 'alarm'];

/** The worst of several; `unknown` where there is none. */
export function worstLevel(all: readonly DriftVerdict['level'][]): DriftVerdict['level'] {
  return levels[Math.max(0, ...all.map((level) => levels.indexOf(level)))] ?? 'unknown';
}

function judgeRate({ rate }: DriftWatch, { up, down }: DriftState): DriftVerdict['flagRate'] {
  if (!rate) return undefined;
  if (up >= rate.up.limit) return 'risen';
  return down >= rate.down.limit ? 'fallen' : undefined;
}

/** Holds the last full window against the reference. Says nothing of whether the model is right, only of its input. */
export function judgeDrift(watch: DriftWatch, state: DriftState): DriftVerdict {
  const flagRate = judgeRate(watch, state);
  const isWhole = state.full.length === windowBlocks;
  const window = isWhole ? state.full.reduce(addBlocks) : undefined;
  const signals = window
    ? Object.keys(watch.reference.signals).map((signal) => judgeSignal(watch, window, signal))
    : [];
  const all = [...signals.map(({ level }) => level), ...(flagRate ? (['alarm'] as const) : [])];
  return {
    level: worstLevel(all),
    exams: window?.exams ?? state.full.length * blockExams + state.open.exams,
    signals,
    flagRate,
  };
}
