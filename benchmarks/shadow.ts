import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Clock, systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { findBundle, loadBundle } from '../models/bundle.ts';
import { seededRandom } from '../models/phantom/random.ts';
import { type Engine, type EngineImage, startEngine } from '../runtime/inference/engine.ts';
import { onProcessor } from '../runtime/inference/session/placement.ts';
import { ShadowEngine } from '../runtime/inference/shadow-engine.ts';
import { programFolder } from '../runtime/service.ts';
import { countOf } from './count.ts';
import { markdownTable } from './document.ts';
import { type ExamTemplate, makeExam, radiographTemplates } from './exam-pool.ts';
import { describeLimit, format, percentile, verdict } from './figures.ts';
import { describeLoad, readLoad } from './machine.ts';
import { writeReport } from './report.ts';

export const shadowUsage = `shadow: what an image waits for the model that answers, while a candidate works and while none does
  --images N   images of each kind, one of each in turn (default 30)
  --dry        print, and leave benchmarks/README.md as it is`;

const bundle = loadBundle(
  findBundle(join(programFolder, 'models/bundles'), 'chest-adult', disk),
  disk,
);
/** Images that the candidate looks at; in one life it does not come to the same one twice. */
const pool = 40;
/** Moments of a candidate's work at which an image comes, milliseconds after its process began: loading and running. */
const moments = { from: 500, to: 5000 };

export async function shadow(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      images: { type: 'string', default: '30' },
      dry: { type: 'boolean', default: false },
    },
  });
  const count = countOf('--images', values.images);
  const load = readLoad();
  const folder = fs.mkdtempSync(join(tmpdir(), 'scanside-shadow-'));
  try {
    const table = await measure(folder, count);
    const notes = `${bundle.manifest.identity.name} beside itself, images of 2048 x 2048 pixels; ${describeLoad(load, readLoad())}.`;
    writeReport('shadow', `${notes}\n\n${table}`, { folder, dry: values.dry });
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

async function measure(folder: string, count: number): Promise<string> {
  const templates = await radiographTemplates();
  const images = Array.from({ length: pool + 2 * count + 1 }, (_, at) =>
    writeImage(folder, templates, at),
  );
  const bench = new Bench(systemClock, images.splice(0, pool));
  try {
    await bench.answer(images.shift()!);
    const [alone, beside]: [number[], number[]] = [[], []];
    for (let at = 0; at < count; at++) {
      alone.push(await bench.answer(images.shift()!));
      await bench.untilAtWork();
      beside.push(await bench.answer(images.shift()!));
    }
    return describe(alone, beside);
  } finally {
    await bench.close();
  }
}

function writeImage(folder: string, templates: readonly ExamTemplate[], at: number): EngineImage {
  const [{ dataSet, transferSyntaxUid }] = makeExam(templates[at % templates.length]!, at) as [
    ReturnType<typeof makeExam>[number],
  ];
  const path = join(folder, `${at}.bin`);
  fs.writeFileSync(path, dataSet);
  return { path, offset: 0, length: dataSet.length, transferSyntaxUid };
}

/** The model that answers and a candidate that always has something to look at, connected as in the appliance. */
class Bench {
  readonly #engine: Engine;
  readonly #candidate: ShadowEngine;
  readonly #clock: Clock;
  readonly #random = seededRandom(5, 'shadow bench');
  /** A candidate begins only while it is awaited. */
  #isAwaited = false;
  #jobs = 0;

  constructor(clock: Clock, images: readonly EngineImage[]) {
    this.#clock = clock;
    this.#engine = startEngine({
      clock,
      served: [{ bundle, placement: onProcessor }],
      arrived: () => this.#candidate.drop('images wait for AI'),
    });
    this.#candidate = new ShadowEngine({
      clock,
      placementOf: () => onProcessor,
      whyNotIdle: () =>
        this.#isAwaited && this.#engine.status().queued === 0 ? undefined : 'not awaited',
    });
    const units = Array.from({ length: 100_000 }, (_, at) => [images[at % images.length]!]);
    void this.#candidate.analyse({ bundle, units }, () => true);
  }

  /** Milliseconds until the model has answered about an image. */
  async answer(image: EngineImage): Promise<number> {
    const begun = this.#clock.monotonic();
    this.#isAwaited = false;
    const job = { id: String(this.#jobs++), images: [image], bundle };
    const { state } = await this.#engine.analyse(job);
    if (state !== 'analysed') console.warn(`image ${job.id}: ${state}`);
    return this.#clock.monotonic() - begun;
  }

  /** Until some moment of a candidate's work. */
  async untilAtWork(): Promise<void> {
    this.#isAwaited = true;
    while (this.#candidate.pid === undefined) await this.#pause(100);
    await this.#pause(this.#random.uniform(moments.from, moments.to));
    if (this.#candidate.pid === undefined) throw new Error('the candidate does not work');
  }

  async close(): Promise<void> {
    await this.#candidate.close();
    await this.#engine.close();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#clock.after(ms, resolve));
  }
}

function describe(alone: readonly number[], beside: readonly number[]): string {
  const p95 = [alone, beside].map((times) => percentile(times, 0.95)) as [number, number];
  const row = (name: string, times: readonly number[]) => [
    `${name} (${times.length})`,
    ...[0.5, 0.95, 1].map((share) => format(percentile(times, share), 0)),
    '',
    '',
  ];
  const more = (100 * (p95[1] - p95[0])) / p95[0];
  const limit = { atMost: 10 };
  return markdownTable(
    ['answer to an image', 'p50 ms', 'p95 ms', 'longest ms', 'goal', ''],
    [
      row('no candidate works', alone),
      row('a candidate was at work', beside),
      ['p95, percent more', '', format(more, 1), '', describeLimit(limit), verdict(more, limit)],
    ],
  );
}
