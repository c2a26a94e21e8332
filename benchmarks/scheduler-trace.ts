import { type Random, seededRandom } from '../models/phantom/random.ts';
import {
  deadlineOf,
  defaultTargets,
  type ResultKind,
} from '../runtime/inference/schedule/deadline.ts';
import type { Priority, Work } from '../runtime/inference/schedule/work.ts';
import {
  type SimulatedAccelerator,
  simulatedMs,
  smallAccelerator,
} from '../runtime/inference/session/simulated-accelerator.ts';

/** Work of a trace: an image, or a slice of the series whose result it is part of. */
export interface TraceUnit extends Work {
  kind: ResultKind;
  result: string;
}

/** What arrives, and what it runs on. */
export interface Trace {
  name: string;
  units: TraceUnit[];
  lanes: Readonly<Record<string, SimulatedAccelerator>>;
  /** Milliseconds in which it arrives. */
  ms: number;
  /** The room gets hot and the fan stops, as in the budget's ramp. */
  heats: boolean;
}

export const largestBatch = 16;

/** A large network, of which a batch of 16 does 5.8 times as much in its time as single images. */
const chest = { ...smallAccelerator, overheadMs: 60, unitMs: 8 };
/** A network for slices. */
const head = { ...smallAccelerator, overheadMs: 20, unitMs: 5 };
/** A network of which even single images with long pauses keep up with what is clinical. */
const light = { ...smallAccelerator, overheadMs: 15, unitMs: 10 };
/** A processor: batches gain next to nothing. */
const processor = { ...smallAccelerator, overheadMs: 0.5, unitMs: 22 };

/** Units a second that keep the accelerator busy for a share of its time in the largest batches. */
function rateAt(load: number, lane: SimulatedAccelerator, size = largestBatch): number {
  return (1000 * load * size) / simulatedMs(lane, size, 0);
}

interface Stream {
  lane: string;
  priority: Priority;
  perSecond: number;
}

/** Single images that arrive independently of one another. */
function drawImages(
  { lane, priority, perSecond }: Stream,
  ms: number,
  random: Random,
): TraceUnit[] {
  const units: TraceUnit[] = [];
  const gap = () => (-1000 * Math.log(1 - random.uniform(0, 1))) / perSecond;
  for (let at = gap(); at < ms; at += gap()) {
    const id = `${lane} ${priority} ${units.length}`;
    const deadline = deadlineOf(defaultTargets, 'image', priority, at);
    const kind = 'image' as const;
    units.push({ id, lane, priority, arrivedAt: at, deadline, alone: false, kind, result: id });
  }
  return units;
}

/** A series of 300 slices every so many milliseconds, 150 slices a second, each a little early or late. */
function drawSeries(everyMs: number, ms: number, random: Random): TraceUnit[] {
  const units: TraceUnit[] = [];
  for (let start = random.uniform(0, everyMs); start + 2000 < ms; start += everyMs) {
    for (let slice = 0; slice < 300; slice++) {
      const at = start + (slice + random.uniform(0, 1)) / 0.15;
      const deadline = deadlineOf(defaultTargets, 'series', 'routine', at);
      const facts = { lane: 'head', priority: 'routine', kind: 'series', alone: false } as const;
      const id = `head ${units.length}`;
      units.push({ ...facts, id, arrivedAt: at, deadline, result: `series at ${start}` });
    }
  }
  return units;
}

function steadyImages(random: Random, ms: number): TraceUnit[] {
  const adult = rateAt(0.6, chest);
  const child = rateAt(0.3, chest);
  return [
    ...drawImages({ lane: 'chest', priority: 'routine', perSecond: adult }, ms, random),
    ...drawImages({ lane: 'chest-child', priority: 'routine', perSecond: child }, ms, random),
  ];
}

/** Slices for 45 % of the time, and images for what remains of 90 %. */
function burst(random: Random, ms: number, images: number): TraceUnit[] {
  const every = (1000 * 300) / rateAt(0.45, head);
  const stream = { lane: 'chest', priority: 'routine', perSecond: rateAt(images, chest) } as const;
  return [...drawSeries(every, ms, random), ...drawImages(stream, ms, random)];
}

/** Urgent images are counted with what they take alone. */
function urgentInBurst(random: Random, ms: number): TraceUnit[] {
  const perSecond = rateAt(0.05, chest, 1);
  const urgent = { lane: 'chest', priority: 'stat', perSecond } as const;
  return [...burst(random, ms, 0.4), ...drawImages(urgent, ms, random)];
}

function onProcessor(random: Random, ms: number): TraceUnit[] {
  const perSecond = rateAt(0.9, processor, 1);
  return drawImages({ lane: 'processor', priority: 'routine', perSecond }, ms, random);
}

/** Candidates that are judged in the shadow of a model that counts. */
function withShadow(random: Random, ms: number): TraceUnit[] {
  const routine = { lane: 'light', priority: 'routine', perSecond: rateAt(0.15, light) } as const;
  const shadow = { lane: 'candidate', priority: 'shadow', perSecond: rateAt(0.75, light) } as const;
  return [...drawImages(routine, ms, random), ...drawImages(shadow, ms, random)];
}

/** A quarter of the work is for patients, with a network that gains much by batches. */
function clinicalWithShadow(random: Random, ms: number): TraceUnit[] {
  const routine = { lane: 'chest', priority: 'routine', perSecond: rateAt(0.25, chest) } as const;
  const shadow = { lane: 'candidate', priority: 'shadow', perSecond: rateAt(0.65, light) } as const;
  return [...drawImages(routine, ms, random), ...drawImages(shadow, ms, random)];
}

const lanes = {
  chest,
  head,
  processor,
  'chest-child': chest,
  light,
  candidate: light,
};

const kinds = {
  'steady X-ray': steadyImages,
  'X-ray on a processor': onProcessor,
  'CT bursts of 300 slices': (random: Random, ms: number) => burst(random, ms, 0.45),
  'STAT in CT bursts': urgentInBurst,
  'thermal ramp': withShadow,
  'thermal ramp, more clinical': clinicalWithShadow,
} as const;

export type TraceName = keyof typeof kinds;

export const traceNames = Object.keys(kinds) as TraceName[];

/** Whether the trace has the length and the heat of the budget's ramp. */
export function isRamp(name: TraceName): boolean {
  return name.startsWith('thermal ramp');
}

/** Draws a trace; the same seed gives the same. All of them keep the accelerator busy for nine tenths of its time. */
export function drawTrace(name: TraceName, seed: number, ms: number): Trace {
  const units = kinds[name](seededRandom(seed, name), ms);
  units.sort((a, b) => a.arrivedAt - b.arrivedAt);
  return { name, units, lanes, ms, heats: isRamp(name) };
}
