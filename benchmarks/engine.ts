import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { EngineFigures, EngineQuestion } from './engine-measures.ts';
import type { FromEngineProcess, ToEngineProcess } from './engine-process.ts';
import { type EngineResult, reportEngine } from './engine-report.ts';
import { describeLoad, readLoad } from './machine.ts';
import { writeReport } from './report.ts';

const shipped = 'models/bundles/chest-child/1.0.0/member-1.int8.cpu.onnx';

export const engineUsage = `engine: what runs networks, through the Node binding and through the C API, one thread each
  --model FILE    the network; one input (default ${shipped})
  --seconds N     how long each loop is measured (default 20)
  --cycles N      sessions opened, run and closed for the memory (default 400)
  --runs N        runs of one session for the memory (default 20000)
  --garbage N     runs while garbage is collected (default 3000)
  --runtime NAME  one of them alone: onnxruntime-node or ort-capi
  --short         a twentieth of all that, to try it out
  --dry           print, and leave benchmarks/README.md as it is`;

const names = ['onnxruntime-node', 'ort-capi'];
const batches = [1, 4, 8];
const endings = 20;
const shortest = 20;

interface Amounts {
  seconds: number;
  cycles: number;
  runs: number;
  garbage: number;
}

const amounts: Amounts = { seconds: 20, cycles: 400, runs: 20_000, garbage: 3000 };

export async function engine(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      model: { type: 'string', default: join(import.meta.dirname, '..', shipped) },
      seconds: { type: 'string' },
      cycles: { type: 'string' },
      runs: { type: 'string' },
      garbage: { type: 'string' },
      runtime: { type: 'string' },
      short: { type: 'boolean', default: false },
      dry: { type: 'boolean', default: false },
    },
  });
  const model = resolve(values.model);
  if (!existsSync(model)) throw new Error(`--model: there is no file ${model}`);
  const asked = values.runtime === undefined ? names : [values.runtime];
  if (!asked.every((name) => names.includes(name)))
    throw new Error(`--runtime must be ${names.join(' or ')}`);
  const load = readLoad();
  const wanted = readAmounts(values, values.short);
  const results = await measureAll(asked, planQuestions(model, wanted));
  const what = `${basename(model)}; ${wanted.seconds} s a loop, ${wanted.cycles} cycles, ${wanted.runs} runs`;
  const content = `${what}; ${describeLoad(load, readLoad())}.\n\n${reportEngine(results)}`;
  writeReport('engine', content, { folder: tmpdir(), dry: values.dry });
}

function readAmounts(given: Partial<Record<keyof Amounts, string>>, short: boolean): Amounts {
  const entries = Object.entries(amounts).map(([name, most]) => {
    const text = given[name as keyof Amounts] ?? String(Math.ceil(most / (short ? shortest : 1)));
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} must be a whole number`);
    return [name, value] as const;
  });
  return { ...amounts, ...Object.fromEntries(entries) };
}

function planQuestions(model: string, { seconds, cycles, runs, garbage }: Amounts) {
  const questions: EngineQuestion[] = [
    ...batches.map((batch) => ({ model, measure: 'speed' as const, batch, seconds })),
    ...batches.map((batch) => ({ model, measure: 'lag' as const, batch, seconds })),
    { model, measure: 'memory', cycles, runs },
    { model, measure: 'ending', times: endings },
    { model, measure: 'garbage', runs: garbage },
  ];
  return questions;
}

/** The runtimes take turns with each question. */
async function measureAll(
  asked: readonly string[],
  questions: readonly EngineQuestion[],
): Promise<EngineResult[]> {
  const results: EngineResult[] = [];
  for (const question of questions)
    for (const runtime of asked) {
      results.push({ runtime, question, figures: await ask({ runtime, question }) });
      console.error(`${runtime} ${question.measure} measured`);
    }
  return results;
}

function ask(message: ToEngineProcess): Promise<EngineFigures> {
  const child = fork(join(import.meta.dirname, 'engine-process.ts'));
  return new Promise((resolve, reject) => {
    child.once('message', (answer: FromEngineProcess) => {
      if ('figures' in answer) resolve(answer.figures);
      else reject(new Error(`${message.runtime}: ${answer.failure}`));
    });
    child.once('exit', (code, signal) =>
      reject(new Error(`${message.runtime}: the process ended by ${signal ?? `exit ${code}`}`)),
    );
    child.send(message);
  });
}
