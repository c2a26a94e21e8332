import type { Clock } from '../../device/clock.ts';
import type { RunningModel } from './model-runner.ts';

/** Median milliseconds of a run of one image, and of eight at once. */
export interface Latency {
  one: number;
  eight: number;
}

const rounds = 15;
const warmUps = 2;

/**
 * Runs two models in turn on the same image, so that a slow moment hits both. Figures of a machine that does other
 * things as well compare the two and say no more.
 */
export async function measureLatency<Name extends string>(
  models: Readonly<Record<Name, RunningModel>>,
  image: Float32Array,
  clock: Clock,
): Promise<Record<Name, Latency>> {
  const one = await timeEach(models, { image, count: 1, clock });
  const eight = await timeEach(models, { image, count: 8, clock });
  const names = Object.keys(models) as Name[];
  const pairs = names.map((name) => [name, { one: one[name], eight: eight[name] }] as const);
  return Object.fromEntries(pairs) as Record<Name, Latency>;
}

interface Work {
  image: Float32Array;
  count: number;
  clock: Clock;
}

async function timeEach<Name extends string>(
  models: Readonly<Record<Name, RunningModel>>,
  { image, count, clock }: Work,
): Promise<Record<Name, number>> {
  const values = new Float32Array(image.length * count);
  for (let at = 0; at < count; at++) values.set(image, at * image.length);
  const times: Record<string, number[]> = {};
  for (let round = -warmUps; round < rounds; round++)
    for (const [name, model] of Object.entries<RunningModel>(models)) {
      const start = clock.monotonic();
      await model.run(values, count);
      if (round >= 0) (times[name] ??= []).push(clock.monotonic() - start);
    }
  const middles = Object.entries(times).map(([name, all]) => [name, median(all)] as const);
  return Object.fromEntries(middles) as Record<Name, number>;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
