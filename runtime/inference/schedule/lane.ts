import { type Arrivals, noArrivals } from './arrivals.ts';
import { type BatchTimes, expectedMs, guessTimes } from './batch-time.ts';

/** What the scheduler knows of a lane. */
export interface Lane {
  /**
   * Sizes that a run may have, ascending from 1. A batch in between is padded to the next and costs as much. The engine
   * leaves out what does not fit into memory.
   */
  readonly sizes: readonly number[];
  readonly times: BatchTimes;
  readonly arrivals: Arrivals;
}

export type Lanes = ReadonlyMap<string, Lane>;

/** A lane of which nothing is known yet. */
export const unknownLane: Lane = { sizes: [1], times: guessTimes(), arrivals: noArrivals };

/** 1, 2, 4, 8, … and `largest` itself: sizes that engines are built for. */
export function sizesUpTo(largest: number): number[] {
  const sizes: number[] = [];
  for (let size = 1; size < largest; size *= 2) sizes.push(size);
  return [...sizes, largest];
}

/** The size that a batch of `count` units is padded to; the largest where there are more. */
export function paddedSize(sizes: readonly number[], count: number): number {
  return sizes.find((size) => size >= count) ?? sizes.at(-1) ?? 1;
}

/** How work of a lane is run best when nothing else matters. */
export interface LanePlan {
  /** No run is larger. */
  limit: number;
  /** The sizes that pay, ascending. */
  sizes: readonly number[];
  /** For each number of waiting units up to the largest of them: the size of the first run, and the time of all. */
  steps: readonly { size: number; ms: number }[];
}

/** A larger batch makes everything behind it wait: with smaller ones its work must take so much longer. */
const gainThatPays = 1.08;

/** Finds the sizes that pay, of those up to a share of the largest; the smallest always does. */
export function planLane(lane: Lane, share = 1): LanePlan {
  const { times } = lane;
  const [smallest = 1, ...larger] = lane.sizes;
  const limit = Math.max(smallest, share * (lane.sizes.at(-1) ?? 1));
  const sizes = [smallest];
  const steps = Array.from({ length: smallest + 1 }, (_, count) => ({
    size: smallest,
    ms: count === 0 ? 0 : expectedMs(times, smallest),
  }));
  for (const size of larger.filter((candidate) => candidate <= limit)) {
    const ms = expectedMs(times, size);
    const before: LanePlan = { limit, sizes, steps: steps.slice() };
    const saves = (count: number) => workMs(before, count) >= gainThatPays * ms;
    if (!saves(size)) continue;
    for (let count = steps.length; count <= size; count++)
      steps.push(
        saves(count) ? { size, ms } : { size: largestSize(before), ms: workMs(before, count) },
      );
    sizes.push(size);
  }
  return { limit, sizes, steps };
}

function largestSize({ steps }: LanePlan): number {
  return steps.length - 1;
}

/** The size of the first run where `count` units wait. */
export function bestSize(plan: LanePlan, count: number): number {
  return plan.steps[Math.min(count, largestSize(plan))]?.size ?? 1;
}

/** Milliseconds in which `count` units are done. */
export function workMs(plan: LanePlan, count: number): number {
  const largest = largestSize(plan);
  const whole = Math.floor(count / largest) * (plan.steps[largest]?.ms ?? 0);
  return whole + (plan.steps[count % largest]?.ms ?? 0);
}
