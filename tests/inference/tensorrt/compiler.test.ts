import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { disk } from '../../../device/files.ts';
import { ManualClock } from '../../../device/manual-clock.ts';
import { loadBundle } from '../../../models/bundle.ts';
import { onProcessor } from '../../../runtime/inference/session/placement.ts';
import {
  type Compilation,
  type CompilerLimits,
  startCompilation,
} from '../../../runtime/inference/tensorrt/compiler.ts';
import type { CompileJob } from '../../../runtime/inference/tensorrt/compiler-message.ts';
import { readEngine } from '../../../runtime/inference/tensorrt/engine-cache.ts';
import { buildOptions } from '../../../runtime/inference/tensorrt/options.ts';
import { bundleFolder } from './bundles.ts';
import {
  accelerator,
  orin,
  simulatedProgram,
  type SimulatedMachine,
  writeMachine,
} from './simulated-tensorrt.ts';

const limits: CompilerLimits = { ms: 60_000, megabytes: 2048, keepMegabytes: 0 };

/** A job on a simulated machine, with the options of that one or another. */
function makeJob(machine: SimulatedMachine, name = 'chest-demo', optionsFor = machine): CompileJob {
  const folder = mkdtempSync(join(os.tmpdir(), 'scanside-'));
  const bundle = loadBundle(bundleFolder(name), disk);
  return {
    folder: bundle.folder,
    hash: bundle.hash,
    placement: { ...onProcessor, library: writeMachine(folder, machine) },
    options: buildOptions(bundle.manifest, accelerator(optionsFor), 64),
    scratch: join(folder, 'scratch'),
  };
}

interface Start {
  name?: string;
  change?: Partial<CompilerLimits>;
  optionsFor?: SimulatedMachine;
}

function start(machine: SimulatedMachine, { name, change, optionsFor }: Start = {}) {
  const clock = new ManualClock();
  const progress: number[] = [];
  const compilation = startCompilation(makeJob(machine, name, optionsFor), {
    clock,
    files: disk,
    limits: { ...limits, ...change },
    onProgress: ({ member }) => progress.push(member),
    program: simulatedProgram('compiler-process'),
  });
  return { compilation, clock, progress };
}

const slow = { ...orin, buildMs: 600_000 };

/** Waits for what the kernel will say of a process in the end. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await wait(5);
}

function read(pid: number | undefined, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}

/** Until a member is being built: everything before is done. */
async function underWay({ progress }: { progress: number[] }): Promise<void> {
  await until(() => progress.length > 0);
}

async function isGone({ pid }: Compilation): Promise<boolean> {
  await until(() => !read(pid, 'stat') || read(pid, 'stat').includes(') Z '));
  return true;
}

it('builds every member of a quantised bundle, and tests what was built with its golden cases', async () => {
  const { compilation, progress } = start(orin, { name: 'chest-child' });
  const compiled = await compilation.done;
  const built = 'built' in compiled ? compiled.built : [];
  expect(compiled).toMatchObject({ built: [{}, {}] });
  expect(built.map((engine) => readEngine({ offset: 0, ...engine }, disk).length)).toEqual(
    built.map(({ length }) => length),
  );
  expect(progress).toEqual([1, 2, 3]);
});

it('offers nothing whose golden cases come out wrong', async () => {
  const { compilation } = start({ ...orin, fault: 'wrong answers' });
  expect(await compilation.done).toEqual({
    failure: expect.stringMatching(/MODEL_FAULT.*rule golden-answer/),
  });
});

it('says what TensorRT says', async () => {
  const options = { optionsFor: { ...orin, tensorrt: '11.4.0' }, name: 'chest-child' };
  expect(await start(orin, options).compilation.done).toEqual({
    failure: expect.stringContaining('int8 is not configured in the builder'),
  });
});

it('survives the process, and says how it ended', async () => {
  const { compilation } = start({ ...orin, fault: 'crash' });
  expect(await compilation.done).toEqual({ failure: expect.stringContaining('SIGSEGV') });
});

it('yields to everything else, and is the first that the kernel ends', async () => {
  const started = start(slow);
  await underWay(started);
  const { pid } = started.compilation;
  expect(os.getPriority(pid)).toBe(19);
  expect(read(pid, 'oom_score_adj').trim()).toBe('1000');
  started.compilation.cancel();
  expect(await started.compilation.done).toEqual({ failure: 'it was stopped' });
  expect(await isGone(started.compilation)).toBe(true);
});

it('is ended after its time at work', async () => {
  const started = start(slow, { change: { ms: 30_000 } });
  await underWay(started);
  started.clock.advance(31_000);
  expect(await started.compilation.done).toEqual({ failure: expect.stringContaining('0.5 min') });
  expect(await isGone(started.compilation)).toBe(true);
});

it('stands still while it is paused, which takes none of its time, and goes on afterwards', async () => {
  const started = start(slow, { change: { ms: 30_000 } });
  const { compilation, clock } = started;
  await underWay(started);
  compilation.pause();
  await until(() => read(compilation.pid, 'stat').includes(') T '));
  clock.advance(600_000);
  expect(read(compilation.pid, 'stat')).toContain(') T ');
  compilation.resume();
  await until(() => !read(compilation.pid, 'stat').includes(') T '));
  clock.advance(31_000);
  expect(await compilation.done).toMatchObject({ failure: expect.stringContaining('min at work') });
});

it('can be ended while it stands still', async () => {
  const started = start(slow);
  await underWay(started);
  started.compilation.pause();
  started.compilation.cancel();
  expect(await isGone(started.compilation)).toBe(true);
});

it('is ended when it takes more memory than it may', async () => {
  const started = start({ ...orin, fault: 'memory' }, { change: { megabytes: 500 } });
  await until(
    () => Number(/VmRSS:\s+(\d+)/.exec(read(started.compilation.pid, 'status'))?.[1]) > 520_000,
  );
  started.clock.advance(1000);
  expect(await started.compilation.done).toEqual({ failure: expect.stringContaining('500 MB') });
});

it('is ended when the machine has too little memory left', async () => {
  const keepMegabytes = 2 * (os.totalmem() / 2 ** 20);
  const started = start(slow, { change: { keepMegabytes } });
  await underWay(started);
  started.clock.advance(1000);
  expect(await started.compilation.done).toEqual({ failure: expect.stringContaining('were left') });
});

it('ends by itself when its parent is gone', async () => {
  const child = fork(simulatedProgram('compiler-process'), { execArgv: [] });
  child.send(makeJob(slow));
  await once(child, 'message');
  child.disconnect();
  expect(await once(child, 'exit')).toEqual([0, null]);
});
