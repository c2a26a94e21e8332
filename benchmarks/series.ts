import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeHeadSeries } from '../demo/head-study.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import { sleep, systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import type { ExamView } from '../panel/source.ts';
import { type Appliance, startAppliance } from '../runtime/compose.ts';
import { parseConfiguration } from '../runtime/config.ts';
import { deriveUid } from '../runtime/dicom/uid.ts';
import { programFolder, readVersion } from '../runtime/service.ts';
import { markdownTable } from './document.ts';
import { describeLimit, format, type Limit, verdict } from './figures.ts';
import { describeLoad, readLoad } from './machine.ts';
import { writeReport } from './report.ts';

export const seriesUsage = `series: a CT series, from the last C-STORE response to the flag and to the result
  --slices N,N     slices of each series, one after the other (default 300,600)
  --size N         rows and columns of a slice (default 512)
  --dry            print, and leave benchmarks/README.md as it is`;

/** Everything but this wait is the device's own time. */
const quietSeconds = 0.5;
const flagLimit: Limit = { below: 2000 };
const longestMs = 300_000;
/** So that there is something to flag. */
const bleeds = ['intraparenchymal', 'subdural'] as const;

interface SeriesTimes {
  slices: number;
  /** Milliseconds from the first to the last response. */
  sending: number;
  /** From the last response; undefined where nothing was flagged. */
  toFlag: number | undefined;
  /** From the last response to the result, without the quiet time. */
  toResult: number;
  late: boolean;
  /** What was said of it. */
  outcome: string;
}

export async function series(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      slices: { type: 'string', default: '300,600' },
      size: { type: 'string', default: '512' },
      dry: { type: 'boolean', default: false },
    },
  });
  const counts = values.slices.split(',').map(Number);
  const size = Number(values.size);
  if (![...counts, size].every((count) => Number.isInteger(count) && count > 0))
    throw new Error('--slices and --size take whole numbers from 1');
  const load = readLoad();
  const folder = mkdtempSync(join(tmpdir(), 'scanside-series-'));
  try {
    const times = await measure(folder, counts, size);
    const text = `Slices of ${size} × ${size}; ${describeLoad(load, readLoad())}.\n\n${describe(times)}`;
    writeReport('series', text, { folder, dry: values.dry });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The model without its rule on the thickness of slices: it is intended for about 30, and is to run on all of these. */
function widenModel(folder: string): string {
  const place = join('ct-head-demo', '1.0.0');
  cpSync(join(programFolder, 'models', 'bundles', place), join(folder, place), { recursive: true });
  const path = join(folder, place, 'manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as { applies: Record<string, unknown> };
  delete manifest.applies['sliceThickness'];
  writeFileSync(path, JSON.stringify(manifest));
  return folder;
}

async function measure(folder: string, counts: number[], size: number): Promise<SeriesTimes[]> {
  const appliance = await startAppliance({
    clock: systemClock,
    files: disk,
    programFolder,
    softwareVersion: readVersion(),
    configuration: parseConfiguration({
      dataFolder: join(folder, 'device'),
      receiver: { port: 0 },
      panel: { port: 0 },
      study: { quietSeconds },
      models: { folder: widenModel(join(folder, 'models')), enabled: ['ct-head-demo'] },
    }),
    log: () => undefined,
  });
  try {
    // The first one warms up what is measured.
    await follow(appliance, 20, size);
    const times: SeriesTimes[] = [];
    for (const slices of counts) times.push(await follow(appliance, slices, size));
    return times;
  } finally {
    await appliance.close();
  }
}

async function follow(appliance: Appliance, slices: number, size: number): Promise<SeriesTimes> {
  const studyInstanceUid = deriveUid('series', String(slices), String(size));
  const patient = { name: 'DEMO^SERIES', id: `DEMO-${slices}` };
  const images = [...makeHeadSeries({ seed: 7, size, slices, patient, studyInstanceUid, bleeds })];
  const device = { host: '127.0.0.1', port: appliance.receiverPort, aeTitle: 'SCANSIDE' };
  const watching = watch(appliance, studyInstanceUid);
  const startedAt = systemClock.monotonic();
  const answeredAt = await sendStudy(images, { clock: systemClock, aeTitle: 'SERIES', device });
  const { flaggedAt, reportedAt } = await watching;
  const { late = false, outcome } = find(appliance, studyInstanceUid) ?? {};
  return {
    slices,
    sending: answeredAt - startedAt,
    toFlag: flaggedAt && Math.max(0, flaggedAt - answeredAt),
    toResult: Math.max(0, reportedAt - answeredAt - quietSeconds * 1000),
    late,
    outcome: outcome?.state === 'not-analysed' ? outcome.text : (outcome?.state ?? ''),
  };
}

function find({ source }: Appliance, id: string): ExamView | undefined {
  return source.exams().find((exam) => exam.id === id);
}

/** How often one looks, as the panel gathers changes: to describe an exam of hundreds of images is work too. */
const everyMs = 100;

/** When an exam is first flagged and first reported, monotonic milliseconds. */
async function watch(appliance: Appliance, id: string) {
  let flaggedAt: number | undefined;
  for (let waited = 0; waited < longestMs; waited += everyMs) {
    await sleep(systemClock, everyMs);
    const exam = find(appliance, id);
    const now = systemClock.monotonic();
    if (exam?.outcome.state === 'flagged') flaggedAt ??= now;
    if (exam && isReported(exam)) return { flaggedAt, reportedAt: now };
  }
  throw new Error(`no result within ${longestMs / 1000} s`);
}

function isReported({ state }: ExamView): boolean {
  return ['reported', 'delivered', 'committed'].includes(state);
}

function describe(times: readonly SeriesTimes[]): string {
  const rows = times.map(({ slices, sending, toFlag, toResult, late, outcome }) => [
    String(slices),
    format(sending / 1000, 1),
    toFlag === undefined ? 'none' : format(toFlag, 0),
    format(toResult, 0),
    `${describeLimit(flagLimit)} ms`,
    verdict(toFlag ?? toResult, flagLimit),
    late ? 'yes' : 'no',
    outcome,
  ]);
  const head = [
    'slices',
    'sending, s',
    'flag after, ms',
    'result after, ms',
    'goal',
    '',
    'late',
    'outcome',
  ];
  return markdownTable(head, rows);
}
