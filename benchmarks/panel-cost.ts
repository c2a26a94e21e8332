import { setTimeout as sleep } from 'node:timers/promises';
import { sendStudy } from '../demo/virtual-scanner.ts';
import type { Visitor } from '../tests/panel-visitor.ts';
import { until } from '../tests/peers/process.ts';
import type { ExamTemplate } from './exam-pool.ts';
import { median } from './figures.ts';
import type { Line } from './line-appliance.ts';
import { isReported, nextExam } from './panel-flags.ts';
import { connectScreens, listExams } from './panel-visit.ts';
import { readCpuMs } from './process-cost.ts';

const screens = 4;
const scanners = 2;
const limitMs = 120_000;

export interface IdleCost {
  /** Processor time of the appliance, percent of one core. */
  without: number;
  withScreens: number;
}

/** What the appliance takes while nothing comes, without screens and with four. */
export async function measureIdle(
  { appliance }: Line,
  reader: Visitor,
  seconds: number,
): Promise<IdleCost> {
  const take = () => cpuPercent(appliance.pid, seconds);
  // Pictures of what came before are still being made.
  await until(async () => (await cpuPercent(appliance.pid, 2)) < 5, 60_000);
  const without = await take();
  const disconnect = await connectScreens(reader, screens);
  await sleep(1000);
  const withScreens = await take();
  disconnect();
  return { without, withScreens };
}

async function cpuPercent(pid: number, seconds: number): Promise<number> {
  const [cpu, start] = [readCpuMs(pid), performance.now()];
  await sleep(seconds * 1000);
  return (100 * (readCpuMs(pid) - cpu)) / (performance.now() - start);
}

export interface LineRates {
  /** Results a second, without screens and with four. */
  without: number;
  withScreens: number;
}

/** How fast the line is without screens and with four, in turns. */
export async function measureRates(
  line: Line,
  reader: Visitor,
  templates: readonly ExamTemplate[],
  { rounds, studies }: { rounds: number; studies: number },
): Promise<LineRates> {
  const rates: Record<keyof LineRates, number[]> = { without: [], withScreens: [] };
  for (let round = 0; round < rounds; round++) {
    const turns = ['without', 'withScreens'] as const;
    for (const turn of round % 2 ? turns.toReversed() : turns) {
      const disconnect = await connectScreens(reader, turn === 'without' ? 0 : screens);
      rates[turn].push(await measureRate(line, reader, templates, studies));
      disconnect();
    }
  }
  return { without: median(rates.without), withScreens: median(rates.withScreens) };
}

/** Results a second of radiographs that two scanners send as fast as they are taken. */
async function measureRate(
  { scanner }: Line,
  reader: Visitor,
  templates: readonly ExamTemplate[],
  studies: number,
): Promise<number> {
  const exams = Array.from({ length: studies }, (_, at) =>
    nextExam(templates[at % templates.length]!),
  );
  const ids = exams.map(([first]) => first!.studyInstanceUid);
  const start = Date.now();
  const work = async () => {
    for (let exam = exams.shift(); exam; exam = exams.shift()) await sendStudy(exam, scanner);
  };
  await Promise.all(Array.from({ length: scanners }, work));
  let results: number[] = [];
  const isDone = await until(async () => {
    await sleep(250);
    const listed = (await listExams(reader)).filter(({ id }) => ids.includes(id));
    results = listed.filter(isReported).flatMap(({ resultAt }) => resultAt ?? []);
    return results.length >= ids.length;
  }, limitMs);
  if (!isDone) throw new Error(`${ids.length - results.length} results did not come`);
  return (1000 * ids.length) / (Math.max(...results) - start);
}
