import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { sessionOptions } from '../runtime/inference/session/node-session.ts';
import type { Runtime, Session, Tensor } from '../runtime/inference/session/session-port.ts';
import { countWrong, settings } from '../tests/inference/session/contract.ts';
import { long, makeLongInput } from '../tests/inference/session/networks.ts';
import { median, percentile } from './figures.ts';

/** One question to one runtime, asked in a process of its own. `model` is the path of a network with one input. */
export type EngineQuestion = { model: string } & (
  | { measure: 'speed'; batch: number; seconds: number }
  | { measure: 'lag'; batch: number; seconds: number }
  | { measure: 'memory'; cycles: number; runs: number }
  | { measure: 'ending'; times: number }
  | { measure: 'garbage'; runs: number }
);

/** Figures by name: milliseconds, megabytes (10^6), counts. */
export type EngineFigures = Readonly<Record<string, number>>;

/** Runs that are given to a session at once to keep it busy. */
const inFlight = 2;
/** Milliseconds of one loop and of the other, in turn: a slow moment hits both. */
const turnMs = 300;

function makeInput(session: Session, count: number): Record<string, Tensor> {
  const [{ name, dims }] = session.inputs as [Session['inputs'][number]];
  const shape = dims.map((size) => (typeof size === 'number' ? size : count));
  const length = shape.reduce((product, size) => product * size, 1);
  const values = Float32Array.from({ length }, (_, at) => ((at * 7919) % 256) / 256);
  return { [name]: { dims: shape, values } };
}

async function openIt(runtime: Runtime, model: string) {
  const session = await runtime.open(readFileSync(model), settings);
  const names = session.outputs.map(({ name }) => name);
  return { session, run: (inputs: Record<string, Tensor>) => session.run(inputs, names) };
}

/** Work done again and again for so long, `abreast` at once; how often a second, to the end of the last. */
async function rateOf(ms: number, work: () => Promise<unknown>, abreast = 1): Promise<number> {
  const start = performance.now();
  let count = 0;
  const loop = async () => {
    for (; performance.now() - start < ms; count++) await work();
  };
  await Promise.all(Array.from({ length: abreast }, loop));
  return (count * 1000) / (performance.now() - start);
}

/** The Node binding by itself: the same tensor, one run after the other, and nothing around it. */
async function openBare(model: string, inputs: Record<string, Tensor>) {
  const session = await InferenceSession.create(readFileSync(model), sessionOptions);
  const feeds = Object.entries(inputs).map(([name, { dims, values }]) => {
    return [name, new OrtTensor('float32', values, dims)] as const;
  });
  const prepared = Object.fromEntries(feeds);
  return () => session.run(prepared);
}

async function measureSpeed(
  runtime: Runtime,
  { model, batch, seconds }: { model: string; batch: number; seconds: number },
): Promise<EngineFigures> {
  const { session, run } = await openIt(runtime, model);
  const inputs = makeInput(session, batch);
  const bare = await openBare(model, inputs);
  await rateOf(turnMs, bare);
  const latencies: number[] = [];
  await rateOf(seconds * 500, async () => {
    const start = performance.now();
    await run(inputs);
    latencies.push(performance.now() - start);
  });
  const turns = Math.max(3, Math.round((seconds * 1000) / (2 * turnMs)));
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let turn = 0; turn < turns; turn++) {
    theirs.push(await rateOf(turnMs, bare));
    ours.push(await rateOf(turnMs, () => run(inputs), inFlight));
  }
  return {
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    images: median(ours) * batch,
    bareImages: median(theirs) * batch,
    share: median(ours.map((rate, turn) => rate / theirs[turn]!)),
  };
}

/** How much later than due a timer of one millisecond fires while runs never stop. */
async function measureLag(
  runtime: Runtime,
  { model, batch, seconds }: { model: string; batch: number; seconds: number },
): Promise<EngineFigures> {
  const { session, run } = await openIt(runtime, model);
  const inputs = makeInput(session, batch);
  await rateOf(turnMs, () => run(inputs));
  const lags: number[] = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    lags.push(Math.max(0, now - last - 1));
    last = now;
  }, 1);
  await rateOf(seconds * 1000, () => run(inputs), inFlight);
  clearInterval(timer);
  return { p50: percentile(lags, 0.5), p99: percentile(lags, 0.99), max: Math.max(...lags) };
}

/** Does `work` so often; the lowest resident memory in the second quarter and in the last, and their difference. */
async function watchMemory(times: number, work: () => Promise<unknown>) {
  const lowest = [Infinity, Infinity, Infinity, Infinity];
  for (let at = 0; at < times; at++) {
    await work();
    const quarter = Math.floor((4 * at) / times);
    lowest[quarter] = Math.min(lowest[quarter]!, process.memoryUsage().rss / 1e6);
  }
  return { before: lowest[1]!, after: lowest[3]!, growth: lowest[3]! - lowest[1]! };
}

async function measureMemory(
  runtime: Runtime,
  { model, cycles, runs }: { model: string; cycles: number; runs: number },
): Promise<EngineFigures> {
  const cycled = await watchMemory(cycles, async () => {
    const { session, run } = await openIt(runtime, model);
    await run(makeInput(session, 1));
    await session.close();
  });
  const { session, run } = await openIt(runtime, model);
  const inputs = makeInput(session, 1);
  const ran = await watchMemory(runs, () => run(inputs));
  return {
    afterCycles: cycled.after,
    cycleGrowth: cycled.growth,
    afterRuns: ran.after,
    runGrowth: ran.growth,
  };
}

/** From the signal to the end of a run that would take seconds, and whether the next answer is what it was. */
async function measureEnding(
  runtime: Runtime,
  { times }: { times: number },
): Promise<EngineFigures> {
  if (!runtime.cancellable) return {};
  const session = await runtime.open(long, settings);
  const image = makeLongInput(1);
  const wanted = await session.run({ image }, ['pooled']);
  const took: number[] = [];
  let wrong = 0;
  for (let at = 0; at < times; at++) {
    const abort = new AbortController();
    const run = session.run({ image: makeLongInput(8) }, ['pooled'], abort.signal);
    const ended = run.then(
      () => false,
      () => true,
    );
    await sleep(100 + at);
    const start = performance.now();
    abort.abort();
    if (!(await ended)) wrong += 1;
    took.push(performance.now() - start);
    if (!isDeepStrictEqual(await session.run({ image }, ['pooled']), wanted)) wrong += 1;
  }
  return { p50: percentile(took, 0.5), max: Math.max(...took), wrong };
}

/** Answers one question. The runtime is closed with its process. */
export async function answerQuestion(
  runtime: Runtime,
  question: EngineQuestion,
): Promise<EngineFigures> {
  if (question.measure === 'speed') return measureSpeed(runtime, question);
  if (question.measure === 'lag') return measureLag(runtime, question);
  if (question.measure === 'memory') return measureMemory(runtime, question);
  if (question.measure === 'ending') return measureEnding(runtime, question);
  return { runs: question.runs, wrong: await countWrong(runtime, question.runs) };
}
