// Holds one model in a process of its own, so that its memory can be told from everything else's.
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import process from 'node:process';
import { createOnnxRunner } from '../cli/onnx-runner.ts';
import { disk } from '../device/files.ts';
import type { RunningModel } from '../models/quantise/model-runner.ts';

export type ToModelProcess = { load: string; values: number } | { run: number };

export interface FromModelProcess {
  /** Milliseconds that it took. */
  ms: number;
  /** Resident bytes more than before the model was loaded. */
  memory: number;
}

const runner = createOnnxRunner(disk, tmpdir());
let model: RunningModel | undefined;
let values = 0;
let before = 0;

async function load(path: string): Promise<number> {
  const bytes = readFileSync(path);
  const start = performance.now();
  model = await runner.load(bytes, { optimise: true });
  return performance.now() - start;
}

async function run(count: number): Promise<number> {
  const images = Float32Array.from(
    { length: values * count },
    (_, at) => ((at * 7919) % 256) / 256,
  );
  const start = performance.now();
  await model?.run(images, count);
  return performance.now() - start;
}

async function answer(message: ToModelProcess): Promise<FromModelProcess> {
  if ('run' in message) {
    const ms = await run(message.run);
    return { ms, memory: process.memoryUsage().rss - before };
  }
  before = process.memoryUsage().rss;
  values = message.values;
  const ms = await load(message.load);
  return { ms, memory: process.memoryUsage().rss - before };
}

process.on('message', (message: ToModelProcess) => {
  void answer(message).then((made) => process.send?.(made));
});
process.on('disconnect', () => process.exit());
