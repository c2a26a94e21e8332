import { describe, expect, it } from 'vitest';
import type { EngineJob } from '../../runtime/inference/engine.ts';
import { type Allowance, unlimited } from '../../runtime/inference/schedule/work.ts';
import { TestEngine } from './test-engine.ts';

const hold: Allowance = { batchShare: 1, duty: 0, classes: [] };

/** Everything is asked for while nothing may run, so that the order is the scheduler's alone. */
async function orderOf(
  jobs: [string, Partial<EngineJob>][],
  meanwhile: (test: TestEngine) => void = () => undefined,
) {
  const test = new TestEngine();
  test.engine.allow(hold);
  const results = jobs.map(([id, change]) => test.analyse(id, change));
  meanwhile(test);
  test.engine.allow(unlimited);
  await Promise.all(results);
  return test.done;
}

const burst = (count: number): [string, Partial<EngineJob>][] =>
  Array.from({ length: count }, (_, at) => [`slice ${at}`, { series: 'ct', dueInMs: 60_000 }]);

describe('what waits', () => {
  it('is overtaken by STAT, in the middle of a burst', async () => {
    const [first] = await orderOf([...burst(20), ['stat', { priority: 'stat' }]]);
    expect(first).toBe('stat');
  });

  it('is overtaken by what a person raises, and by nothing else of the same class', async () => {
    const done = await orderOf([...burst(6), ['raised', { exam: 'x', dueInMs: 90_000 }]], (test) =>
      test.engine.raise('x'),
    );
    expect(done[0]).toBe('raised');
  });

  it('is done by deadline within a class, and in the order of classes', async () => {
    const done = await orderOf([
      ['shadow', { priority: 'shadow', dueInMs: 20_000 }],
      ['old', { priority: 'reprocess', dueInMs: 20_000 }],
      ...burst(3),
      ['radiograph', { dueInMs: 30_000 }],
      ['stat', { priority: 'stat', dueInMs: 99_000 }],
    ]);
    expect(done[0]).toBe('stat');
    expect(done[1]).toBe('radiograph');
    expect(done.indexOf('old')).toBeGreaterThan(done.indexOf('slice 2'));
    expect(done.at(-1)).toBe('shadow');
  });
});

describe('while the budget holds everything', () => {
  it('work is taken and said to be late; nothing of it is lost', async () => {
    const test = new TestEngine();
    test.engine.allow(hold);
    const results = [1, 2, 3].map((at) => test.analyse(`job ${at}`));
    expect(test.engine.status()).toMatchObject({
      queued: 3,
      late: { byMs: undefined, because: expect.stringContaining('to keep within heat') },
    });
    test.engine.allow(unlimited);
    for (const result of await Promise.all(results)) expect(result.state).toBe('analysed');
    expect(test.engine.status()).toMatchObject({ queued: 0, late: undefined });
  });

  it('what came too late is done all the same', async () => {
    const test = new TestEngine();
    test.engine.allow(hold);
    const result = test.analyse('late', { dueInMs: -1000 });
    const { late } = test.engine.status();
    expect(late).toBeDefined();
    test.engine.allow(unlimited);
    expect((await result).state).toBe('analysed');
  });
});
