import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { makePhantomInstance } from '../demo/phantom-study.ts';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { readProcessMemory } from '../device/process-memory.ts';
import { findBundle, loadBundle } from '../models/bundle.ts';
import { type Engine, type EngineJob, startEngine } from '../runtime/inference/engine.ts';
import { onProcessor } from '../runtime/inference/session/placement.ts';
import { programFolder } from '../runtime/service.ts';
import { median } from './figures.ts';

export interface SwapFigures {
  swaps: number;
  /** Jobs that got no answer of the model. */
  lost: number;
  /** Percent, of the medians of the first and the last tenth of the swaps. */
  engineGrowth: number;
  parentGrowth: number;
  engineMegabytes: number;
}

const bundleFolder = join(programFolder, 'models/bundles');
const bundles = ['chest-demo', 'ct-head-demo'].map((name) =>
  loadBundle(findBundle(bundleFolder, name, disk), disk),
);

/** A picture that only the model of phantoms is for; any other bundle says so, which is an answer too. */
function makeJob(folder: string, seed: number): EngineJob {
  const path = join(folder, `${seed}.bin`);
  const { dataSet, transferSyntaxUid } = makePhantomInstance({
    seed,
    size: 256,
    patient: { name: 'DEMO^SOAK', id: 'DEMO-0000' },
    studyInstanceUid: '2.25.1',
  });
  fs.writeFileSync(path, dataSet);
  const image = { path, offset: 0, length: dataSet.length, transferSyntaxUid };
  return { id: String(seed), images: [image], bundle: bundles[0]! };
}

/** Serves one set of bundles, then the other, with a job under way at each swap. */
async function swapOnce(engine: Engine, at: number, job: EngineJob): Promise<boolean> {
  const chosen = at % 2 === 0 ? bundles : bundles.slice(0, 1);
  const served = chosen.map((bundle) => ({ bundle, placement: onProcessor }));
  const [refusal, result] = await Promise.all([engine.serve(served), engine.analyse(job)]);
  if (refusal !== undefined) throw new Error(`a swap was refused: ${refusal}`);
  return result.state === 'analysed' || result.reason === 'outside-validated-domain';
}

/** Percent by which the last tenth lies above the first, of values of which every other one is comparable. */
function growth(values: readonly number[]): number {
  const tenth = Math.max(1, Math.floor(values.length / 10));
  const [first, last] = [median(values.slice(0, tenth)), median(values.slice(-tenth))];
  return (100 * (last - first)) / first;
}

export async function swapBundles(swaps: number): Promise<SwapFigures> {
  const folder = fs.mkdtempSync(join(tmpdir(), 'scanside-swaps-'));
  const engine = startEngine({ clock: systemClock });
  const [engineBytes, parentBytes]: [number[], number[]] = [[], []];
  let lost = 0;
  try {
    for (let at = 0; at < swaps; at++) {
      if (!(await swapOnce(engine, at, makeJob(folder, 5000 + at)))) lost += 1;
      await engine.analyse(makeJob(folder, 100_000 + at));
      // Both bundles are loaded in every other one alone.
      if (at % 2 === 0) engineBytes.push(readProcessMemory(disk, engine.pid ?? 0) ?? Number.NaN);
      parentBytes.push(process.memoryUsage().rss);
    }
  } finally {
    await engine.close();
    fs.rmSync(folder, { recursive: true });
  }
  // The first swaps warm up the parent.
  const warm = parentBytes.slice(Math.floor(swaps / 10));
  return {
    swaps,
    lost,
    engineGrowth: growth(engineBytes),
    parentGrowth: growth(warm),
    engineMegabytes: (engineBytes.at(-1) ?? Number.NaN) / 1e6,
  };
}
