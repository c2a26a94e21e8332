import { hasGap, type SlicePosition } from './slice-gap.ts';

/** What a Modality Performed Procedure Step says of a study (PS3.4 F.7). */
export interface ProcedureStep {
  status: 'IN PROGRESS' | 'COMPLETED' | 'DISCONTINUED';
  /** Images that it references; 0 while it names none. */
  images: number;
}

/** What is known of a study while it arrives, over however many associations. Times in milliseconds on one clock. */
export interface Arrival {
  /** Whether an association that has sent to this study is still open. */
  open: boolean;
  lastReceivedAt: number;
  received: number;
  /** Number of Study Related Instances (0020,1208) where the scanner sends it. */
  expected: number | undefined;
  series: SeriesArrival[];
  /** Procedure steps of this study; none where the scanner does not report them. */
  steps: ProcedureStep[];
}

export interface SeriesArrival {
  received: number;
  /** Number of Series Related Instances (0020,1209) where the scanner sends it. */
  expected: number | undefined;
  /** A slice is missing between those that have come. */
  gap: boolean;
}

export interface QuietTimes {
  /** Silence that ends a study of which nothing says that more is to come. */
  quietMs: number;
  /** Silence that ends a study although something says so. */
  openQuietMs: number;
}

/** Why a study is taken for complete, in the words of the log. */
export const completenessReasons = {
  'study-count': 'as many images as Number of Study Related Instances says',
  'series-counts': 'as many images in every series as Number of Series Related Instances says',
  'procedure-completed': 'every image that the completed procedure steps reference',
  quiet: 'no image for the quiet time',
  'quiet-association-open': 'no image for the longer time, although an association is still open',
  'quiet-slice-missing': 'no image for the longer time, although a slice is missing',
  'quiet-procedure-in-progress':
    'no image for the longer time, although a procedure step is in progress',
} as const;

export type CompletenessReason = keyof typeof completenessReasons;

/** `complete` and why, or how long to wait before asking again. */
export type Completeness =
  { complete: true; because: CompletenessReason } | { complete: false; waitMs: number };

/**
 * Decides whether a study is whole. What says "that was all" ends the wait at once; what says "more will come" makes
 * it longer, never endless. A count that has not been reached does not prolong it: counts are often wrong.
 */
export function judgeCompleteness(arrival: Arrival, times: QuietTimes, now: number): Completeness {
  const doubt = findDoubt(arrival);
  const proof = findProof(arrival, doubt);
  if (proof) return { complete: true, because: proof };
  const quiet = doubt === 'quiet' ? times.quietMs : times.openQuietMs;
  // A clock that was set back must not make a study wait for hours.
  const elapsed = Math.max(0, now - arrival.lastReceivedAt);
  return elapsed >= quiet
    ? { complete: true, because: doubt }
    : { complete: false, waitMs: quiet - elapsed };
}

/** What says that more will come; `quiet` where nothing does. */
function findDoubt({ open, series, steps }: Arrival): CompletenessReason {
  if (steps.some(({ status }) => status === 'IN PROGRESS')) return 'quiet-procedure-in-progress';
  if (open) return 'quiet-association-open';
  return series.some(({ gap }) => gap) ? 'quiet-slice-missing' : 'quiet';
}

/** What says that all has come. An open association is no objection once the scanner has said which images there are. */
function findProof(arrival: Arrival, doubt: CompletenessReason): CompletenessReason | undefined {
  const { received, expected, series, steps } = arrival;
  const openAtMost = doubt === 'quiet' || doubt === 'quiet-association-open';
  if (openAtMost && isProcedureDone(steps, received) && !series.some(({ gap }) => gap))
    return 'procedure-completed';
  if (doubt !== 'quiet') return undefined;
  if (expected !== undefined && received >= expected) return 'study-count';
  return series.length > 0 && series.every(isFull) ? 'series-counts' : undefined;
}

function isProcedureDone(steps: ProcedureStep[], received: number): boolean {
  const images = steps.reduce((sum, step) => sum + step.images, 0);
  return steps.some(({ status }) => status === 'COMPLETED') && images > 0 && received >= images;
}

function isFull({ received, expected }: SeriesArrival): boolean {
  return expected !== undefined && received >= expected;
}

/** An instance as far as completeness asks. */
export interface ArrivedInstance {
  seriesUid: string;
  facts: {
    expectedInStudy: number | undefined;
    expectedInSeries: number | undefined;
    slice: SlicePosition | undefined;
  };
}

/** Gathers the signals of a study from its instances. Of different counts in one study or series the largest holds. */
export function describeArrival(
  instances: ArrivedInstance[],
  known: Pick<Arrival, 'open' | 'lastReceivedAt' | 'steps'>,
): Arrival {
  const series = Map.groupBy(instances, ({ seriesUid }) => seriesUid);
  return {
    ...known,
    received: instances.length,
    expected: largest(instances.map(({ facts }) => facts.expectedInStudy)),
    series: [...series.values()].map((own) => ({
      received: own.length,
      expected: largest(own.map(({ facts }) => facts.expectedInSeries)),
      gap: hasGap(own.flatMap(({ facts }) => facts.slice ?? [])),
    })),
  };
}

function largest(counts: (number | undefined)[]): number | undefined {
  return counts.reduce(
    (most, count) => (count === undefined ? most : Math.max(most ?? 0, count)),
    undefined,
  );
}
