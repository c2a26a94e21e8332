import { noArrivals } from '../runtime/inference/schedule/arrivals.ts';
import { guessTimes, observeRun } from '../runtime/inference/schedule/batch-time.ts';
import { type Lanes, sizesUpTo } from '../runtime/inference/schedule/lane.ts';
import { chooseBatch, freshState } from '../runtime/inference/schedule/scheduler.ts';
import { unlimited, type Work } from '../runtime/inference/schedule/work.ts';
import { median } from './figures.ts';
import { largestBatch } from './scheduler-trace.ts';

const sizes = sizesUpTo(largestBatch);
const waitingUnits = 2000;
const rounds = 300;

function lanes(): Lanes {
  let times = guessTimes();
  for (const size of sizes.flatMap((each) => [each, each, each]))
    times = observeRun(times, size, 20 + 5 * size);
  return new Map(['a', 'b', 'c'].map((name) => [name, { sizes, times, arrivals: noArrivals }]));
}

function draw(deadlineOf: (at: number) => number): Work[] {
  return Array.from({ length: waitingUnits }, (_, at) => {
    const lane = ['a', 'b', 'c'][Math.floor(at / 300) % 3]!;
    const facts = { id: `${at}`, lane, priority: 'routine', alone: false } as const;
    return { ...facts, arrivedAt: at, deadline: deadlineOf(at) };
  });
}

/** Median milliseconds of one decision on this machine, with 2,000 units waiting. */
function decisionMs(waiting: readonly Work[]): number {
  const known = lanes();
  const took = Array.from({ length: 2 * rounds }, () => {
    const from = performance.now();
    chooseBatch(waiting, 0, known, unlimited, freshState);
    return performance.now() - from;
  });
  return median(took.slice(rounds));
}

/** What a decision costs, in a sentence. */
export function describeDecision(): string {
  const series = decisionMs(draw((at) => 30_000 + Math.floor(at / 300)));
  const images = decisionMs(draw((at) => 30_000 + at));
  return (
    `A decision with ${waitingUnits} units waiting takes ${series.toFixed(2)} ms where they are slices of seven series, ` +
    `${images.toFixed(2)} ms where each has a deadline of its own (median of ${rounds}).`
  );
}
