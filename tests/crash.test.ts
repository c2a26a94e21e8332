import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DemoRun, type DemoEnd } from './demo-run.ts';
import { DemoTruth } from './demo-truth.ts';
import { Random } from './random-pdu.ts';

const seed = Number(process.env['SCANSIDE_CRASH_SEED'] ?? 20_261);
const studies = 6;
/** How long a process may live on after the one that it works for. */
const orphanGraceMs = 5000;
const pointLimitMs = 200_000;

type Victim = 'engine' | 'receiver' | 'tree';
/** `main-alone`: what it leaves behind is left to itself and to the next run. */
type TreeOrder = 'main-first' | 'children-first' | 'main-alone';

interface Point {
  victim: Victim;
  /** When, as a share of the length of an undisturbed run. */
  share: number;
  order: TreeOrder;
}

function drawPoints(random: Random, each: number): Point[] {
  const victims: Victim[] = ['engine', 'receiver', 'tree'];
  return victims.flatMap((victim) =>
    Array.from({ length: each }, () => ({
      victim,
      share: random.below(1000) / 1000,
      order: random.pick<TreeOrder>(['main-first', 'children-first', 'main-alone']),
    })),
  );
}

function title({ victim, share, order }: Point): string {
  const who = victim === 'tree' ? `tree, ${order}` : victim;
  return `${who}, at ${(share * 100).toFixed(1)} % of a run`;
}

/** The summary without its times: what has to be the same however often a run was interrupted. */
function readCounts({ code, stdout, stderr }: DemoEnd): Record<string, unknown> {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const summary = JSON.parse(stdout) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(summary).filter(([key]) => !key.endsWith('Ms')));
}

async function killTree(run: DemoRun, order: TreeOrder): Promise<void> {
  if (order === 'children-first') run.killChildren();
  run.killMain();
  if (order === 'main-first') run.killAll();
  await run.end;
}

const truth = new DemoTruth(studies);
const root = mkdtempSync(join(tmpdir(), 'scanside-crash-'));
let counts: Record<string, unknown>;
let runMs: number;

beforeAll(async () => {
  const started = performance.now();
  const run = new DemoRun(join(root, 'undisturbed'), studies);
  counts = readCounts(await run.end);
  runMs = performance.now() - started;
}, pointLimitMs);

afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Kills at the point; returns the end of the run that has to succeed and every run there was. */
async function disturb(
  point: Point,
  data: string,
): Promise<{ end: DemoEnd; runs: DemoRun[]; hit: boolean }> {
  const run = new DemoRun(data, studies);
  await Promise.race([pause(point.share * runMs), run.end]);
  if (point.victim !== 'tree') {
    const hit = await run.kill(`${point.victim}-process`);
    return { end: await run.end, runs: [run], hit };
  }
  const hit = !run.ended;
  await killTree(run, point.order);
  const again = new DemoRun(data, studies);
  return { end: await again.end, runs: [run, again], hit };
}

test('an undisturbed run gives every study its result', () => {
  truth.expectIn(join(root, 'undisturbed'));
  const { images } = truth;
  expect(images).toBeGreaterThan(studies);
  expect(counts).toMatchObject({ imagesSent: images, images, exams: studies, committed: studies });
});

describe.concurrent(
  `kill -9 at any moment loses nothing and doubles nothing (seed ${seed})`,
  () => {
    test.each(
      drawPoints(new Random(seed), 10).map((point, at) => ({ ...point, at, title: title(point) })),
    )(
      '$at: $title',
      async (point) => {
        const data = join(root, String(point.at));
        const { end, runs, hit } = await disturb(point, data);
        const context = `seed ${seed}, point ${point.at}: ${point.title}, ${hit ? 'hit' : 'run was over'}`;
        expect(readCounts(end), context).toEqual(counts);
        truth.expectIn(data);
        for (const run of runs) expect(await run.leftBehind(orphanGraceMs), context).toEqual([]);
        rmSync(data, { recursive: true, force: true });
        expect(existsSync(data)).toBe(false);
      },
      pointLimitMs,
    );
  },
);
