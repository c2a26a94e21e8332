import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { makeDemoStudy } from '../demo/demo-studies.ts';
import { sendStudy, type ScannerOptions } from '../demo/virtual-scanner.ts';
import { systemClock } from '../device/clock.ts';
import type { ExamView } from '../panel/source.ts';
import { programFolder } from '../runtime/service.ts';
import { findProgram, freePort } from '../tests/outside.ts';
import { startOrthanc, type Orthanc } from '../tests/peers/orthanc.ts';
import { startProgram, type Running } from '../tests/peers/process.ts';
import { markdownTable } from './document.ts';
import { ExamStream } from './exam-stream.ts';
import { describeLimit, format, percentile, verdict, type Limit } from './figures.ts';
import { describeLoad, readLoad } from './machine.ts';
import { writeReport } from './report.ts';

export const lineUsage = `line: from the last C-STORE response to the flag on the panel, and to storage commitment by Orthanc
  --studies N               X-ray studies, one after the other (default 40)
  --quiet-seconds S         how long a study must be quiet to be complete (default: the product's own)
  --dry                     print, and leave benchmarks/README.md as it is`;

const warmUpStudies = 3;
const committedLimitMs = 60_000;
const deviceTitle = 'SCANSIDE';
const pacsTitle = 'TESTPACS';

interface Options {
  studies: number;
  quietSeconds: number | undefined;
  dry: boolean;
}

/** What became of one study, as the panel's stream of events tells it, milliseconds. */
interface Times {
  /** From the last response to the flag; undefined where none was raised. */
  toFlag: number | undefined;
  /** From the last response to the result, the quiet time included: only then is the study known to be whole. */
  toResult: number;
  /** From the result to the commitment. */
  toCommit: number;
}

export async function line(args: string[]): Promise<void> {
  const options = readOptions(args);
  if (!findProgram('Orthanc')) throw new Error('line needs Orthanc, which is not installed');
  const load = readLoad();
  const folder = mkdtempSync(join(tmpdir(), 'scanside-bench-'));
  try {
    const times = await measure(folder, options);
    const notes = `${times.length} X-ray studies of one image; ${describeLoad(load, readLoad())}. The panel gathers changes for 100 ms: what is shorter reads as 0.`;
    writeReport('line', `${notes}\n\n${describeTimes(times)}`, { folder, dry: options.dry });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      studies: { type: 'string', default: '40' },
      'quiet-seconds': { type: 'string' },
      dry: { type: 'boolean', default: false },
    },
  });
  const studies = Number(values.studies);
  if (!Number.isInteger(studies) || studies < 1)
    throw new Error(`--studies must be a whole number from 1, not ${values.studies}`);
  const quiet = values['quiet-seconds'];
  return {
    studies,
    dry: values.dry,
    quietSeconds: quiet === undefined ? undefined : Number(quiet),
  };
}

async function measure(folder: string, options: Options): Promise<Times[]> {
  const receiverPort = await freePort();
  const device = { title: deviceTitle, port: receiverPort };
  const orthanc = await startOrthanc(join(folder, 'pacs'), {
    title: pacsTitle,
    modalities: { device },
  });
  try {
    return await measureAppliance(folder, options, orthanc, receiverPort);
  } finally {
    await orthanc.stop();
  }
}

async function measureAppliance(
  folder: string,
  { studies, quietSeconds }: Options,
  { dicomPort }: Orthanc,
  port: number,
): Promise<Times[]> {
  const appliance = await startAppliance(folder, {
    dataFolder: join(folder, 'device'),
    receiver: { host: '127.0.0.1', port, aeTitle: deviceTitle },
    study: quietSeconds === undefined ? {} : { quietSeconds },
    panel: { port: await freePort() },
    destinations: [{ name: 'Orthanc', host: '127.0.0.1', port: dicomPort, aeTitle: pacsTitle }],
  });
  const stream = await ExamStream.open(panelOf(appliance.output()));
  const to = { host: '127.0.0.1', port, aeTitle: deviceTitle };
  const scanner = { clock: systemClock, aeTitle: 'SCANNER', device: to };
  try {
    for (let at = 0; at < warmUpStudies; at++) await follow(stream, scanner, at);
    const times: Times[] = [];
    for (let at = 0; at < studies; at++)
      times.push(await follow(stream, scanner, warmUpStudies + at));
    return times;
  } finally {
    stream.close();
    await appliance.stop();
  }
}

/** The product as it is started on a device, in processes of its own. */
async function startAppliance(folder: string, configuration: object): Promise<Running> {
  const path = join(folder, 'scanside.json');
  mkdirSync(join(folder, 'device'));
  writeFileSync(path, JSON.stringify(configuration));
  return startProgram(
    process.execPath,
    [join(programFolder, 'runtime', 'main.ts')],
    (output) => output.includes('"msg":"ready"'),
    60_000,
    { SCANSIDE_CONFIG: path },
  );
}

function panelOf(output: string): string {
  const ready = output.split('\n').find((text) => text.includes('"msg":"ready"')) ?? '{}';
  return (JSON.parse(ready) as { panel: string }).panel;
}

/** Seeds differ by study: no two are the same object. */
async function follow(stream: ExamStream, scanner: ScannerOptions, at: number): Promise<Times> {
  const { studyUid, instances } = makeDemoStudy(1, at);
  const answered = await sendStudy(instances, scanner);
  const until = (wanted: (exam: ExamView) => boolean) =>
    stream.until(studyUid, wanted, committedLimitMs);
  const result = await until(({ state }) => ['reported', 'delivered', 'committed'].includes(state));
  const committed = await until(({ state }) => state === 'committed');
  const flagged = stream.firstSeen(studyUid, ({ outcome }) => outcome.state === 'flagged');
  return {
    toFlag: flagged === undefined ? undefined : Math.max(0, flagged - answered),
    toResult: Math.max(0, result - answered),
    toCommit: Math.max(0, committed - result),
  };
}

function describeTimes(times: readonly Times[]): string {
  const flag = times.flatMap(({ toFlag }) => toFlag ?? []);
  const result = times.map(({ toResult }) => toResult);
  const commit = times.map(({ toCommit }) => toCommit);
  return markdownTable(
    ['from', 'to', 'p50 ms', 'p95 ms', 'reach for p95, ms', ''],
    [
      [
        'last C-STORE response',
        `flag on the panel’s events (${flag.length} studies)`,
        ...judge(flag, { below: 1000 }),
      ],
      ['last C-STORE response', 'result, the quiet time included', ...figuresOf(result), '', ''],
      ['result', 'report committed by Orthanc', ...judge(commit, { below: 5000 })],
    ],
  );
}

function judge(values: readonly number[], limit: Limit): string[] {
  return [...figuresOf(values), describeLimit(limit), verdict(percentile(values, 0.95), limit)];
}

function figuresOf(values: readonly number[]): string[] {
  return [format(percentile(values, 0.5), 0), format(percentile(values, 0.95), 0)];
}
