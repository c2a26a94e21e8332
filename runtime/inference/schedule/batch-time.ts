/**
 * How long a batch takes, learned from the runs themselves: t(B) = scale × (overhead + unit × B). One is kept for each
 * bundle, provider and power mode. The shape is slow to change. Heat, a power limit or a neighbour on the processor
 * slow every size alike: they move the scale, which follows within a few runs.
 */
export interface BatchTimes {
  /** Milliseconds of a run whatever its size, at scale 1. */
  readonly overheadMs: number;
  /** Milliseconds that each unit adds, at scale 1. */
  readonly unitMs: number;
  /** How much slower everything is now than when the shape was learned. */
  readonly scale: number;
  /** Duration over expectation that 95 of 100 runs keep. */
  readonly promise: number;
  /** Of each size that was run: the latest durations, at scale 1. */
  readonly samples: ReadonlyMap<number, readonly number[]>;
  /** Latest durations over the shape's, of sizes that are known. */
  readonly slowdowns: readonly number[];
  /** Latest durations over what was expected, of sizes that are known. */
  readonly errors: readonly number[];
}

/** Runs of a size until it is known: the first may carry a warm-up. */
const runsToKnow = 3;
const samplesKept = 9;
const errorsKept = 40;
/** Share of its way that the scale goes at each run. */
const scaleGain = 0.5;
/** What is promised beyond the expected, until errors are known. */
const carefulPromise = 1.5;
const errorsToTrust = 8;
const promiseBounds = { least: 1.05, most: 4 };

/** Before anything is measured: `unitMs` for each unit, and nothing gained by a batch. */
export function guessTimes(unitMs = 200): BatchTimes {
  return {
    overheadMs: 0,
    unitMs,
    scale: 1,
    promise: carefulPromise,
    samples: new Map(),
    slowdowns: [],
    errors: [],
  };
}

/** What is known after a run of `size` units, counted with padding, that took `ms`. */
export function observeRun(times: BatchTimes, size: number, ms: number): BatchTimes {
  const scaled = isKnown(times, size) ? followSpeed(times, size, ms) : times;
  const before = times.samples.get(size) ?? [];
  const samples = new Map(times.samples);
  samples.set(size, [...before.slice(1 - samplesKept), ms / scaled.scale]);
  return { ...scaled, samples, ...fitShape(samples) };
}

/** The median of three: one slow run is a hiccup, two are a new speed. */
function followSpeed(times: BatchTimes, size: number, ms: number): BatchTimes {
  const slowdowns = [...times.slowdowns.slice(-2), ms / shapeMs(times, size)];
  const scale = times.scale + scaleGain * (middle(slowdowns) - times.scale);
  const errors = [...times.errors.slice(1 - errorsKept), ms / expectedMs(times, size)];
  return { ...times, slowdowns, scale, errors, promise: promiseOf(errors) };
}

function promiseOf(errors: readonly number[]): number {
  if (errors.length < errorsToTrust) return carefulPromise;
  const sorted = errors.toSorted((a, b) => a - b);
  const high = sorted[Math.ceil(0.95 * sorted.length) - 1] ?? carefulPromise;
  return Math.min(promiseBounds.most, Math.max(promiseBounds.least, high));
}

function middle(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 1;
}

interface Shape {
  overheadMs: number;
  unitMs: number;
}

/**
 * The line through the sizes' medians, with relative errors weighed and neither part below zero. One size alone says
 * nothing of what a batch gains: nothing is claimed.
 */
function fitShape(samples: BatchTimes['samples']): Shape {
  const points = [...samples].map(([size, durations]) => {
    const ms = middle(durations);
    return { size, ms, weight: durations.length / (ms * ms) };
  });
  const { overheadMs, unitMs } =
    points.length > 1 ? fitLine(points) : { overheadMs: -1, unitMs: 0 };
  if (overheadMs >= 0 && unitMs >= 0) return { overheadMs, unitMs };
  return overheadMs < 0
    ? { overheadMs: 0, unitMs: weighedMean(points, ({ size, ms }) => ms / size) }
    : { overheadMs: weighedMean(points, ({ ms }) => ms), unitMs: 0 };
}

interface Point {
  size: number;
  ms: number;
  weight: number;
}

function weighedMean(points: readonly Point[], value: (point: Point) => number): number {
  let [sum, weights] = [0, 0];
  for (const point of points) {
    sum += point.weight * value(point);
    weights += point.weight;
  }
  return sum / weights;
}

function fitLine(points: readonly Point[]): Shape {
  const meanSize = weighedMean(points, ({ size }) => size);
  const meanMs = weighedMean(points, ({ ms }) => ms);
  const spread = weighedMean(points, ({ size }) => (size - meanSize) ** 2);
  const common = weighedMean(points, ({ size, ms }) => (size - meanSize) * (ms - meanMs));
  const unitMs = common / spread;
  return { overheadMs: meanMs - unitMs * meanSize, unitMs };
}

function shapeMs({ overheadMs, unitMs }: BatchTimes, size: number): number {
  return overheadMs + unitMs * size;
}

/** Whether runs of this size have been measured often enough to be believed. */
export function isKnown(times: BatchTimes, size: number): boolean {
  return (times.samples.get(size)?.length ?? 0) >= runsToKnow;
}

/** Milliseconds that a run of `size` units is expected to take. */
export function expectedMs(times: BatchTimes, size: number): number {
  return times.scale * shapeMs(times, size);
}

/** Milliseconds that 95 of 100 runs of `size` units keep: what a deadline is held against. */
export function promisedMs(times: BatchTimes, size: number): number {
  return times.promise * expectedMs(times, size);
}

/** Milliseconds after which a run of `size` units that has not answered is taken to hang. */
export function watchdogMs(times: BatchTimes, size: number): number {
  return Math.max(5000, 2 * expectedMs(times, size));
}
