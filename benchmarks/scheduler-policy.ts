import { observeArrival, noArrivals } from '../runtime/inference/schedule/arrivals.ts';
import {
  type BatchTimes,
  guessTimes,
  observeRun,
} from '../runtime/inference/schedule/batch-time.ts';
import { type Lane, paddedSize, sizesUpTo } from '../runtime/inference/schedule/lane.ts';
import { afterRun, chooseBatch, freshState } from '../runtime/inference/schedule/scheduler.ts';
import { type Allowance, priorities, unlimited } from '../runtime/inference/schedule/work.ts';
import { simulatedMs } from '../runtime/inference/session/simulated-accelerator.ts';
import { largestBatch, type Trace, type TraceUnit } from './scheduler-trace.ts';

/** What is to happen now: a run, or a wait until something arrives or `ms` have passed. */
export type Step = { work: TraceUnit[]; size: number; aged: boolean } | { ms: number };

/** A way of choosing what an accelerator does next. It keeps no queue of its own. */
export interface Policy {
  name: string;
  /** Told of what has arrived. */
  arrived(unit: TraceUnit): void;
  next(waiting: readonly TraceUnit[], now: number): Step;
  /** Told of what a run took. */
  ran(work: readonly TraceUnit[], size: number, from: number, to: number): void;
  /** Told of the budget's allowance; only ours listens. */
  allow(allowance: Allowance): void;
}

const sizes = sizesUpTo(largestBatch);
const deaf = { arrived: () => undefined, ran: () => undefined, allow: () => undefined };

/** Three runs of each size of each lane: what a device measures when a bundle is put in service. */
function sweep(accelerators: Trace['lanes']): Map<string, Lane> {
  const runs = sizes.flatMap((size) => [size, size, size]);
  const lanes = Object.entries(accelerators).map(([name, accelerator]): [string, Lane] => {
    const learn = (times: BatchTimes, size: number) =>
      observeRun(times, size, simulatedMs(accelerator, size, 0));
    return [name, { sizes, times: runs.reduce(learn, guessTimes()), arrivals: noArrivals }];
  });
  return new Map(lanes);
}

/** Ours. It begins with what a sweep has measured, or without knowing anything of the accelerator. */
export function scheduler(accelerators: Trace['lanes'] | undefined): Policy {
  const lanes = accelerators ? sweep(accelerators) : new Map<string, Lane>();
  const laneOf = (name: string): Lane =>
    lanes.get(name) ?? { sizes, times: guessTimes(), arrivals: noArrivals };
  let [state, allowance, aged] = [freshState, unlimited, false];
  return {
    name: accelerators ? 'Scanside' : 'Scanside, knowing nothing',
    arrived({ lane, arrivedAt }) {
      const known = laneOf(lane);
      lanes.set(lane, { ...known, arrivals: observeArrival(known.arrivals, arrivedAt) });
    },
    next(waiting, now) {
      const choice = chooseBatch(waiting, now, lanes, allowance, state);
      if (choice.do !== 'run') return { ms: choice.do === 'wait' ? choice.ms : Infinity };
      aged = choice.aged;
      return choice;
    },
    ran([first], size, from, to) {
      const lane = first?.lane ?? '';
      const known = laneOf(lane);
      lanes.set(lane, { ...known, times: observeRun(known.times, size, to - from) });
      state = afterRun(state, { aged }, [from, to], allowance);
    },
    allow(given) {
      allowance = given;
    },
  };
}

/** In order of arrival; those next in line run with the first as long as they are of its lane. */
export function fifo(): Policy {
  return {
    ...deaf,
    name: 'FIFO',
    next(waiting) {
      const other = waiting.findIndex(({ lane }) => lane !== waiting[0]?.lane);
      const end = Math.min(largestBatch, other < 0 ? waiting.length : other);
      return run(waiting.slice(0, end));
    },
  };
}

/** Sizes that an operator of a server would prefer. */
const preferred = [8, 16];

/**
 * A queue for each lane, as servers have it: a run when a preferred size is full or the oldest has waited for a time;
 * in a queue the urgent come first; of queues that are ready, that with the oldest.
 */
export function fixedWindow(windowMs: number): Policy {
  return {
    ...deaf,
    name: `fixed window of ${windowMs} ms`,
    next(waiting, now) {
      const queues = [...Map.groupBy(waiting, ({ lane }) => lane).values()];
      const ready = queues.filter((queue) => isReady(queue, windowMs, now));
      const [queue] = ready.toSorted((a, b) => oldest(a) - oldest(b));
      if (!queue) return { ms: Math.min(...queues.map((each) => oldest(each) + windowMs - now)) };
      const size = preferred.findLast((each) => each <= queue.length) ?? queue.length;
      return run(queue.toSorted((a, b) => rank(a) - rank(b)).slice(0, size));
    },
  };
}

function isReady(queue: readonly TraceUnit[], windowMs: number, now: number): boolean {
  return queue.length >= (preferred[0] ?? 1) || now >= oldest(queue) + windowMs;
}

function oldest([first]: readonly TraceUnit[]): number {
  return first?.arrivedAt ?? Infinity;
}

function rank({ priority }: TraceUnit): number {
  return priorities.indexOf(priority);
}

function run(work: TraceUnit[]): Step {
  return { work, size: paddedSize(sizes, work.length), aged: false };
}
