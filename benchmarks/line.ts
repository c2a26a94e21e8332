import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sendStudy } from '../demo/virtual-scanner.ts';
import type { ExamView } from '../panel/source.ts';
import { findProgram } from '../tests/outside.ts';
import { countOf } from './count.ts';
import { markdownTable } from './document.ts';
import { type ExamTemplate, headTemplate, makeExam, radiographTemplates } from './exam-pool.ts';
import { describeLimit, format, percentile, verdict, type Limit } from './figures.ts';
import { type Line, withLine } from './line-appliance.ts';
import { describeLoad, readLoad } from './machine.ts';
import { writeReport } from './report.ts';

export const lineUsage = `line: from the last C-STORE response to the flag on the panel, and to storage commitment by Orthanc
  --studies N               X-ray studies of one image of 2048 x 2048 pixels, one after the other (default 40)
  --series N                CT series of 300 slices, and as many of 600, one after the other (default 4)
  --quiet-seconds S         how long a study must be quiet to be complete (default 1)
  --dry                     print, and leave benchmarks/README.md as it is`;

const warmUpStudies = 3;
const limitMs = 120_000;

interface Options {
  studies: number;
  series: number;
  quietMs: number;
  dry: boolean;
}

/** What became of one study, as the panel's stream of events tells it, milliseconds. */
interface Times {
  /** From the last response to the flag; undefined where none was raised. Negative: images were still coming. */
  toFlag: number | undefined;
  /** From the last response to the result, the quiet time left out: only after that is the study known to be whole. */
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
    const tables = await measure(folder, options);
    const notes = `${options.studies} X-ray studies of one image of 2048 x 2048 pixels; ${options.series} CT series of each length, 512 x 512, as fast as one association carries them; ${describeLoad(load, readLoad())}. Every study has other pixels. The panel gathers changes for 100 ms; 0 is a flag that was up before the last response.`;
    writeReport('line', `${notes}\n\n${tables}`, { folder, dry: options.dry });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      studies: { type: 'string', default: '40' },
      series: { type: 'string', default: '4' },
      'quiet-seconds': { type: 'string', default: '1' },
      dry: { type: 'boolean', default: false },
    },
  });
  return {
    studies: countOf('--studies', values.studies),
    series: countOf('--series', values.series),
    quietMs: Number(values['quiet-seconds']) * 1000,
    dry: values.dry,
  };
}

async function measure(folder: string, { studies, series, quietMs }: Options): Promise<string> {
  const configuration = { study: { quietSeconds: quietMs / 1000 } };
  return withLine(folder, configuration, async (connected) => {
    const radiographs = await radiographTemplates();
    const xrays = await followAll(connected, radiographs, studies, quietMs);
    const rows = describe('X-ray, 1 image', xrays, 1000);
    for (const slices of [300, 600]) {
      const heads = [headTemplate(slices, slices / 30)];
      const times = await followAll(connected, heads, series, quietMs);
      rows.push(...describe(`CT, ${slices} slices`, times, 2000));
    }
    return markdownTable(['exam', 'from', 'to', 'p50 ms', 'p95 ms', 'reach for p95, ms', ''], rows);
  });
}

/** Serial numbers differ by study: no two are the same object. */
let serial = 0;

async function followAll(
  connected: Line,
  templates: readonly ExamTemplate[],
  count: number,
  quietMs: number,
): Promise<Times[]> {
  const times: Times[] = [];
  const warmUp = templates.length > 1 ? warmUpStudies : 0;
  for (let at = 0; at < warmUp + count; at++) {
    const template = templates[at % templates.length]!;
    const followed = await follow(connected, template, quietMs);
    if (at >= warmUp) times.push(followed);
  }
  return times;
}

async function follow(
  { stream, scanner }: Line,
  template: ExamTemplate,
  quietMs: number,
): Promise<Times> {
  const instances = makeExam(template, serial++);
  const studyUid = instances[0]!.studyInstanceUid;
  const answered = await sendStudy(instances, scanner);
  const until = (wanted: (exam: ExamView) => boolean) => stream.until(studyUid, wanted, limitMs);
  const result = await until(({ state }) => ['reported', 'delivered', 'committed'].includes(state));
  const committed = await until(({ state }) => state === 'committed');
  const flagged = stream.firstSeen(studyUid, ({ outcome }) => outcome.state === 'flagged');
  return {
    toFlag: flagged === undefined ? undefined : Math.max(0, flagged - answered),
    toResult: Math.max(0, result - answered - quietMs),
    toCommit: Math.max(0, committed - result),
  };
}

function describe(exam: string, times: readonly Times[], flagBelow: number): string[][] {
  const flag = times.flatMap(({ toFlag }) => toFlag ?? []);
  const result = times.map(({ toResult }) => toResult);
  const commit = times.map(({ toCommit }) => toCommit);
  const answered = 'last C-STORE response';
  return [
    [exam, answered, `flag on the panel (${flag.length} flagged)`, ...judge(flag, flagBelow)],
    [exam, answered, `result, less the quiet time (${result.length})`, ...judge(result, 2000)],
    [exam, 'result', 'report committed by Orthanc', ...judge(commit, 5000)],
  ];
}

function judge(values: readonly number[], below: number): string[] {
  const limit: Limit = { below };
  const [p50, p95] = [percentile(values, 0.5), percentile(values, 0.95)];
  return [format(p50, 0), format(p95, 0), describeLimit(limit), verdict(p95, limit)];
}
