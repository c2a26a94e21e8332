import os from 'node:os';
import process from 'node:process';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../device/clock.ts';
import { onProcessor } from '../../runtime/inference/session/placement.ts';
import { ShadowEngine } from '../../runtime/inference/shadow-engine.ts';
import { shipped, TestEngine } from './test-engine.ts';

const waits = { timeout: 60_000 };

/** An engine with a candidate behind it, connected as the appliance connects them, and the order of what happens. */
function startBoth() {
  const order: string[] = [];
  const test = new TestEngine({ arrived: () => candidate.drop('images wait for AI') });
  const candidate: ShadowEngine = new ShadowEngine({
    clock: systemClock,
    placementOf: () => onProcessor,
    whyNotIdle: () => (test.engine.status().queued > 0 ? 'images wait for AI' : undefined),
  });
  onTestFinished(() => candidate.close());
  const look = (count: number) =>
    candidate
      .analyse(
        {
          bundle: shipped,
          units: Array.from({ length: count }, (_, at) => test.job(`${at}`).images),
        },
        () => true,
      )
      .then((result) => {
        order.push('candidate');
        return result;
      });
  const analyse = async (id: string) => {
    const result = await test.analyse(id);
    order.push(id);
    return result;
  };
  return { test, candidate, order, look, analyse };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it(
  'a candidate is last in line, and gone before an image waits; it goes on when all is quiet',
  { timeout: 120_000 },
  async () => {
    const { candidate, order, look, analyse } = startBoth();
    await analyse('first');
    const looked = look(60);
    await expect.poll(() => candidate.pid, waits).toBeDefined();
    const pid = candidate.pid!;
    await expect.poll(() => os.getPriority(pid), waits).toBe(os.constants.priority.PRIORITY_LOW);

    const clinical = Array.from({ length: 12 }, (_, at) => analyse(`clinical-${at}`));
    // Nothing was awaited since the first of them came: it has not even been given to the engine.
    expect(candidate.pid).toBeUndefined();
    await expect.poll(() => isAlive(pid), waits).toBe(false);
    for (const result of await Promise.all(clinical)) expect(result.state).toBe('analysed');
    expect(candidate.pid).toBeUndefined();
    expect(order).not.toContain('candidate');

    const { results } = (await looked)!;
    expect(order.at(-1)).toBe('candidate');
    expect(results).toHaveLength(60);
    // What it was killed on is no fault of the candidate's.
    const faults = results.map((each) => each.state === 'not-analysed' && each.reason);
    expect(faults).not.toContain('model-fault');
    candidate.release('nothing more');
    expect(candidate.pid).toBeUndefined();
  },
);
