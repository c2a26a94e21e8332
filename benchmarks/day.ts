import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { sendStudy } from '../demo/virtual-scanner.ts';
import { seededRandom } from '../models/phantom/random.ts';
import type { ExamView } from '../panel/source.ts';
import { findProgram } from '../tests/outside.ts';
import { markdownTable } from './document.ts';
import { type ExamTemplate, headTemplate, makeExam, radiographTemplates } from './exam-pool.ts';
import { format, median, percentile, verdict } from './figures.ts';
import { type Line, withLine } from './line-appliance.ts';
import { describeLoad, readLoad } from './machine.ts';
import { readMemory } from './process-cost.ts';
import { writeReport } from './report.ts';

export const dayUsage = `day: an accelerated day of mixed load: three scanners, each with its exams at random times
  --exams N                 exams of each scanner (default 500): two send radiographs of 2048 x 2048, one heads of 40 slices
  --minutes M               how long the day takes (default 12)
  --dry                     print, and leave benchmarks/README.md as it is`;

interface Options {
  exams: number;
  minutes: number;
  dry: boolean;
}

/** One exam: when the last response came, and when its result was told, monotonic milliseconds. */
interface Exam {
  kind: ExamTemplate['kind'];
  answered: number;
  reported: number;
  outcome: ExamView['outcome']['state'];
}

const quietMs = 1000;
/** From the last response to the result, the quiet time left out, milliseconds. */
const lateAfterMs = { 'X-ray': 5000, CT: 10_000 } as const;
const limitMs = 300_000;
const seed = 20260105;

export async function day(args: string[]): Promise<void> {
  const options = readOptions(args);
  if (!findProgram('Orthanc')) throw new Error('day needs Orthanc, which is not installed');
  const load = readLoad();
  const folder = mkdtempSync(join(tmpdir(), 'scanside-bench-'));
  try {
    const { exams, memory } = await measure(folder, options);
    const notes = `Three scanners with ${options.exams} exams each in ${options.minutes} minutes, in place of a day; seed ${seed}; ${describeLoad(load, readLoad())}. An exam is late when its result is told more than 5 s (X-ray) or 10 s (CT) after its last response, the quiet time of ${quietMs / 1000} s left out.`;
    const tables = `${describeExams(exams)}\n\n${describeMemory(memory)}`;
    writeReport('day', `${notes}\n\n${tables}`, { folder, dry: options.dry });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      exams: { type: 'string', default: '500' },
      minutes: { type: 'string', default: '12' },
      dry: { type: 'boolean', default: false },
    },
  });
  const [exams, minutes] = [Number(values.exams), Number(values.minutes)];
  if (!Number.isInteger(exams) || exams < 1 || !(minutes > 0))
    throw new Error('--exams must be a whole number from 1, --minutes a number above 0');
  return { exams, minutes, dry: values.dry };
}

async function measure(folder: string, options: Options) {
  const radiographs = await radiographTemplates();
  const heads = [headTemplate(40, 2)];
  const configuration = { study: { quietSeconds: quietMs / 1000 } };
  return withLine(folder, configuration, async (connected) => {
    const memory: Map<string, number>[] = [];
    const sampling = setInterval(() => memory.push(readMemory(connected.appliance.pid)), 2000);
    try {
      const scanners = [radiographs, radiographs, heads].map((templates, at) =>
        scan(connected, templates, at, options),
      );
      return { exams: (await Promise.all(scanners)).flat(), memory };
    } finally {
      clearInterval(sampling);
    }
  });
}

/** One scanner: exams at exponential distances, one association at a time, each followed to its result. */
async function scan(
  connected: Line,
  templates: readonly ExamTemplate[],
  at: number,
  { exams, minutes }: Options,
): Promise<Exam[]> {
  const random = seededRandom(seed, `scanner ${at}`);
  const followed: Promise<Exam>[] = [];
  let next = performance.now();
  for (let count = 0; count < exams; count++) {
    next -= Math.log(1 - random.uniform(0, 1)) * ((minutes * 60_000) / exams);
    await sleep(Math.max(0, next - performance.now()));
    const template = templates[count % templates.length]!;
    const instances = makeExam(template, at * 1_000_000 + count);
    const answered = await sendStudy(instances, connected.scanner);
    followed.push(follow(connected, template.kind, instances[0]!.studyInstanceUid, answered));
  }
  return Promise.all(followed);
}

async function follow(
  { stream }: Line,
  kind: ExamTemplate['kind'],
  studyUid: string,
  answered: number,
): Promise<Exam> {
  let outcome: ExamView['outcome']['state'] = 'pending';
  const isReported = (exam: ExamView): boolean => {
    outcome = exam.outcome.state;
    return ['reported', 'delivered', 'committed'].includes(exam.state);
  };
  const reported = await stream.until(studyUid, isReported, limitMs);
  return { kind, answered, reported, outcome };
}

function describeExams(exams: readonly Exam[]): string {
  const rows = (['X-ray', 'CT'] as const).map((kind) => {
    const own = exams.filter((exam) => exam.kind === kind);
    const times = own.map(({ answered, reported }) => Math.max(0, reported - answered - quietMs));
    const late = times.filter((time) => time > lateAfterMs[kind]).length;
    const decided = own.filter(({ outcome }) => outcome !== 'not-analysed').length;
    return [
      kind,
      String(own.length),
      String(decided),
      format(percentile(times, 0.5), 0),
      format(percentile(times, 0.95), 0),
      format(Math.max(...times), 0),
      `${late} (${verdict(late, { atMost: 0 })})`,
    ];
  });
  const head = [
    'exams',
    'with a result',
    'flag or no flag',
    'p50 ms',
    'p95 ms',
    'longest ms',
    'late',
  ];
  return markdownTable(head, rows);
}

/** Each process of the appliance: the second fifth of the day, when all is loaded, against the last. */
function describeMemory(samples: readonly Map<string, number>[]): string {
  const programs = [...new Set(samples.flatMap((sample) => [...sample.keys()]))].toSorted();
  const totals = samples.map((sample) => [...sample.values()].reduce((sum, each) => sum + each, 0));
  const rows = programs.map((name) =>
    describeGrowth(
      name,
      samples.map((sample) => sample.get(name) ?? 0),
    ),
  );
  return markdownTable(
    ['resident memory', 'second fifth, MB', 'last fifth, MB', 'growth'],
    [...rows, describeGrowth('all processes', totals)],
  );
}

function describeGrowth(name: string, memory: readonly number[]): string[] {
  const fifth = Math.floor(memory.length / 5);
  const [early, last] = [memory.slice(fifth, 2 * fifth), memory.slice(-fifth)].map(median);
  const growth = (last ?? NaN) / (early ?? NaN) - 1;
  const said = `${format(100 * growth, 1)} % (≤ 5 %, ${verdict(growth, { atMost: 0.05 })})`;
  return [name, format(early, 0), format(last, 0), said];
}
