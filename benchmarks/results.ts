import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { writePart10 } from '../runtime/dicom/part10.ts';
import type { LoadedObject } from '../runtime/outbox/courier.ts';
import { deviceAeTitle } from '../tests/appliance.ts';
import { DeliveryLine, makeReports } from '../tests/delivery-line.ts';
import { findProgram } from '../tests/outside.ts';
import { storescu } from '../tests/peers/dcmtk.ts';
import { type Orthanc, startOrthanc } from '../tests/peers/orthanc.ts';
import { countOf } from './count.ts';
import { markdownTable } from './document.ts';
import { describeLimit, format, median, percentile, verdict, type Limit } from './figures.ts';
import { describeLoad, readLoad } from './machine.ts';
import { writeReport } from './report.ts';

export const resultsUsage = `results: from a finished result to storage commitment by Orthanc, one by one and in a burst
  --results N               results one after the other, and a tenth of them each over a new association (default 200)
  --burst N                 results at once, beside storescu with the same files (default 100)
  --repeats N               bursts of each sender; the median counts (default 5)
  --dry                     print, and leave benchmarks/README.md as it is`;

interface Options {
  results: number;
  burst: number;
  repeats: number;
  dry: boolean;
}

const aeTitle = 'TESTPACS';
const commitLimit: Limit = { below: 5000 };
/** Longer than a link stays open for the next object. */
const idleMs = 2500;
const limitMs = 120_000;

export async function results(args: string[]): Promise<void> {
  const options = readOptions(args);
  for (const name of ['Orthanc', 'storescu'])
    if (!findProgram(name)) throw new Error(`results needs ${name}, which is not installed`);
  const load = readLoad();
  const folder = mkdtempSync(join(tmpdir(), 'scanside-bench-'));
  try {
    const single = await measureSingles(join(folder, 'singles'), options.results);
    const burst = await measureBursts(folder, options);
    const notes = `Reports of all cases and character sets; bursts: median of ${options.repeats}, each of new reports; ${describeLoad(load, readLoad())}.`;
    writeReport('results', `${notes}\n\n${single}\n\n${burst}`, { folder, dry: options.dry });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      results: { type: 'string', default: '200' },
      burst: { type: 'string', default: '100' },
      repeats: { type: 'string', default: '5' },
      dry: { type: 'boolean', default: false },
    },
  });
  return {
    results: countOf('--results', values.results),
    burst: countOf('--burst', values.burst),
    repeats: countOf('--repeats', values.repeats),
    dry: values.dry,
  };
}

/** A line with a fresh Orthanc behind it, for as long as `use` takes. */
async function withLine<T>(
  folder: string,
  objects: LoadedObject[],
  use: (line: DeliveryLine, orthanc: Orthanc, finished: Finished) => Promise<T>,
): Promise<T> {
  const finished = new Finished();
  const line = await DeliveryLine.start({ objects, commitment: true, finished: finished.note });
  const modalities = { device: { title: deviceAeTitle, port: line.port } };
  const orthanc = await startOrthanc(folder, { title: aeTitle, modalities });
  try {
    await line.begin({ port: orthanc.dicomPort, aeTitle });
    return await use(line, orthanc, finished);
  } finally {
    await line.close();
    await orthanc.stop();
  }
}

/** When the delivery of each object ended. */
class Finished {
  readonly #waiting = new Map<string, (at: number) => void>();
  readonly note = (uid: string): void => this.#waiting.get(uid)?.(performance.now());

  of(uid: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${uid} was not committed`)), limitMs);
      this.#waiting.set(uid, (at) => {
        clearTimeout(late);
        resolve(at);
      });
    });
  }
}

async function measureSingles(folder: string, count: number): Promise<string> {
  const cold = Math.ceil(count / 10);
  const [warmUp, ...objects] = makeReports(1 + count + cold);
  return withLine(folder, [warmUp!, ...objects], async (line, _orthanc, finished) => {
    const time = async ({ sopInstanceUid }: LoadedObject, pauseMs: number): Promise<number> => {
      await sleep(pauseMs);
      const end = finished.of(sopInstanceUid);
      const begin = performance.now();
      line.add(sopInstanceUid);
      return (await end) - begin;
    };
    await time(warmUp!, 0);
    const open: number[] = [];
    const opened: number[] = [];
    for (const object of objects.slice(0, count)) open.push(await time(object, 0));
    for (const object of objects.slice(count)) opened.push(await time(object, idleMs));
    return markdownTable(
      ['result to commitment', 'results', 'p50 ms', 'p95 ms', 'reach for p95, ms', ''],
      [describe('over an open association', open), describe('over a new one each', opened)],
    );
  });
}

function describe(how: string, times: readonly number[]): string[] {
  const p95 = percentile(times, 0.95);
  const figures = [format(percentile(times, 0.5), 0), format(p95, 0)];
  return [
    how,
    String(times.length),
    ...figures,
    describeLimit(commitLimit),
    verdict(p95, commitLimit),
  ];
}

interface Burst {
  seconds: number;
  associations: number;
  requests: number;
}

async function measureBursts(folder: string, { burst, repeats }: Options): Promise<string> {
  const ours: Burst[] = [];
  const one: Burst[] = [];
  const each: Burst[] = [];
  for (let round = 0; round < repeats; round++) {
    const objects = makeReports(burst, round * burst);
    const at = (name: string) => join(folder, `${name}-${round}`);
    ours.push(await withLine(at('ours'), objects, sendAll));
    const paths = writeFiles(at('files'), objects);
    one.push(await withLine(at('one'), objects, (_line, to) => callStorescu(to, [paths])));
    const alone = paths.map((path) => [path]);
    each.push(await withLine(at('each'), objects, (_line, to) => callStorescu(to, alone)));
  }
  const base = median(ours.map(({ seconds }) => seconds));
  const row = (name: string, bursts: Burst[]): string[] => {
    const seconds = median(bursts.map((each) => each.seconds));
    const { associations, requests } = bursts[0]!;
    const speed = [format(seconds, 2), format(burst / seconds, 0), format(seconds / base, 2)];
    return [name, String(associations), String(requests), ...speed];
  };
  return markdownTable(
    [
      `${burst} results at once`,
      'associations',
      'requests for commitment',
      'seconds',
      'results/s',
      'ours is times as fast',
    ],
    [
      row('ours, until all are committed', ours),
      row('storescu, one association, nothing committed', one),
      row('storescu, an association a file, nothing committed', each),
    ],
  );
}

async function sendAll(line: DeliveryLine): Promise<Burst> {
  const begin = performance.now();
  line.addAll();
  if (!(await line.untilFinished(limitMs))) throw new Error('a burst was not committed');
  const seconds = (performance.now() - begin) / 1000;
  return { seconds, associations: line.associations, requests: line.requests };
}

function writeFiles(folder: string, objects: LoadedObject[]): string[] {
  mkdirSync(folder);
  return objects.map((object, at) => {
    const path = join(folder, `${at}.dcm`);
    writeFileSync(path, writePart10(object, object.dataSet));
    return path;
  });
}

async function callStorescu({ dicomPort }: Orthanc, calls: string[][]): Promise<Burst> {
  const to = { port: dicomPort, calling: deviceAeTitle, called: aeTitle };
  const begin = performance.now();
  for (const paths of calls) {
    const { code, output } = await storescu(to, paths);
    if (code !== 0) throw new Error(`storescu: ${output}`);
  }
  const seconds = (performance.now() - begin) / 1000;
  return { seconds, associations: calls.length, requests: 0 };
}
