import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { sendStudy } from '../demo/virtual-scanner.ts';
import type { ExamView } from '../panel/source.ts';
import { until } from '../tests/peers/process.ts';
import { assign } from '../tests/update-repository.ts';
import { publishReleases } from '../tests/update-site.ts';
import { type ExamTemplate, makeExam, radiographTemplates } from './exam-pool.ts';
import { percentile } from './figures.ts';
import { type Line, withLine } from './line-appliance.ts';
import { servePaced } from './update-server.ts';

/** What a stream of exams noticed of an update, and of a model that crashes in its trial. */
export interface StreamFigures {
  exams: number;
  /** Exams that got no answer of a model. */
  lost: number;
  /** From the last response to the result, the quiet time left out: 95th percentile without and during the update. */
  p95Before: number;
  p95During: number;
  duringCount: number;
  /** By how much the slower of the exam at the exchange and the first one after it took longer than the median before. */
  gapMs: number;
  /** From the first crash of the second release to the answer of the one before. */
  backSeconds: number;
}

const quietMs = 1000;
const limitMs = 120_000;
const serial = 'BENCH-0001';
/** Bytes a second of the link to the repository: the download lasts for some exams. */
const linkRate = 512 * 1024;
/** Between two exams, so that there is a moment in which none is on its way: before that no model is exchanged. */
const pauseMs = 1500;

interface Answered {
  ms: number;
  isLost: boolean;
}

/** Sends an exam and waits until its report is committed. */
async function follow({ stream, scanner }: Line, template: ExamTemplate, at: number) {
  const instances = makeExam(template, at);
  const id = instances[0]!.studyInstanceUid;
  const answered = await sendStudy(instances, scanner);
  const when = (wanted: (exam: ExamView) => boolean) => stream.until(id, wanted, limitMs);
  const result = await when(({ state }) => ['reported', 'delivered', 'committed'].includes(state));
  await when(({ state }) => state === 'committed');
  const silent = stream.firstSeen(id, ({ outcome }) => outcome.state === 'not-analysed');
  await sleep(pauseMs);
  return { ms: Math.max(0, result - answered - quietMs), isLost: silent !== undefined };
}

function countOf(line: Line, message: string): number {
  return line.appliance.output().split(`"msg":"${message}"`).length - 1;
}

/** Pid of the engine process of an appliance. */
function engineOf(appliance: number): number | undefined {
  const isEngine = (pid: string): boolean => {
    try {
      const parent = /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return Number(parent) === appliance && command.includes('engine-process');
    } catch {
      return false;
    }
  };
  const found = readdirSync('/proc').find((name) => /^\d+$/.test(name) && isEngine(name));
  return found === undefined ? undefined : Number(found);
}

/** Ends the engine process of the release on trial, twice; that is when it is given up. */
async function crashTwice(line: Line): Promise<number> {
  const begun = performance.now();
  for (let ended = 0; ended < 2;) {
    const pid = engineOf(line.appliance.pid);
    const before = countOf(line, 'engine ended');
    if (pid === undefined || !kill(pid)) await sleep(20);
    else if (await until(() => countOf(line, 'engine ended') > before, limitMs)) ended += 1;
  }
  return begun;
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}

/** Exams one after the other: so many before anything is assigned, then all through an update, then a crash. */
export async function streamThroughUpdate(folder: string, before: number): Promise<StreamFigures> {
  const { served, root, items, director } = publishReleases('chest-adult', ['1.0.1', '1.0.2']);
  const rootFile = join(folder, 'root.json');
  writeFileSync(rootFile, root);
  const server = await servePaced(served, linkRate);
  const assignRelease = (seq: number): void => {
    const now = Date.now();
    const change = { device: serial, issued: now, expires: now + 3600_000, seq };
    const envelope = assign(director, { ...change, assignments: [items[seq - 1]!] });
    served.set(`/assignments/${serial}.json`, envelope);
  };
  const configuration = {
    device: { name: 'Benchmark', serial },
    study: { quietSeconds: quietMs / 1000 },
    models: { enabled: ['chest-child', 'chest-adult'] },
    updates: {
      repository: `http://127.0.0.1:${server.port}`,
      rootFile,
      pollSeconds: 1,
      trialMinutes: 0.5,
    },
  };
  try {
    return await withLine(folder, configuration, (line) => measure(line, before, assignRelease));
  } finally {
    server.close();
  }
}

async function measure(
  line: Line,
  before: number,
  assignRelease: (seq: number) => void,
): Promise<StreamFigures> {
  const templates: ExamTemplate[] = [];
  let at = 0;
  const send = (template: ExamTemplate): Promise<Answered> => follow(line, template, at++);
  // A picture that the models refuse without an update says nothing about one.
  for (const template of await radiographTemplates())
    if (!(await send(template)).isLost) templates.push(template);
  const next = (): Promise<Answered> => send(templates[at % templates.length]!);
  const [alone, during]: Answered[][] = [[], []];
  while (alone!.length < before) alone!.push(await next());
  assignRelease(1);
  const gaps: number[] = [];
  const median = percentile(
    alone!.map(({ ms }) => ms),
    0.5,
  );
  while (countOf(line, 'update committed') < 1 || during!.length < before) {
    const answered = await next();
    if (countOf(line, 'model exchanged') > 0) gaps.push(answered.ms - median);
    during!.push(answered);
  }
  assignRelease(2);
  if (!(await until(() => countOf(line, 'model exchanged') > 1, limitMs)))
    throw new Error('the second release was not tried');
  const crashed = await crashTwice(line);
  if (!(await until(() => countOf(line, 'update rolled-back') > 0, limitMs)))
    throw new Error('the release that crashed was not given up');
  const last = await next();
  const all = [...alone!, ...during!, last];
  const p95 = (answers: readonly Answered[]) =>
    percentile(
      answers.map(({ ms }) => ms),
      0.95,
    );
  return {
    exams: all.length,
    lost: all.filter(({ isLost }) => isLost).length,
    p95Before: p95(alone!),
    p95During: p95(during!),
    duringCount: during!.length,
    gapMs: Math.max(...gaps.slice(0, 2)),
    backSeconds: (performance.now() - crashed - pauseMs) / 1000,
  };
}
