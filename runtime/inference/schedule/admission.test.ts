import { describe, expect, it } from 'vitest';
import { admit, type Situation } from './admission.ts';
import { noArrivals } from './arrivals.ts';
import { guessTimes, observeRun } from './batch-time.ts';
import { freshState } from './scheduler.ts';
import { priorities, unlimited, type Work } from './work.ts';

/** 100 ms a unit, always. */
const times = Array.from({ length: 12 }).reduce<ReturnType<typeof guessTimes>>(
  (learned) => observeRun(learned, 1, 100),
  guessTimes(),
);
const lanes = new Map([['chest', { sizes: [1], times, arrivals: noArrivals }]]);

function unit(facts: Partial<Work> = {}): Work {
  const usual = { id: 'a', lane: 'chest', arrivedAt: 0, deadline: 1000, alone: false };
  return { ...usual, priority: 'routine', ...facts };
}

function situation(facts: Partial<Situation> = {}): Situation {
  return {
    waiting: [],
    now: 0,
    idleAt: 0,
    lanes,
    allowance: unlimited,
    state: freshState,
    ...facts,
  };
}

const busy = Array.from({ length: 9 }, () => unit());
const held = { ...unlimited, classes: [] };

describe('what is foretold of new work', () => {
  it('is in time where the work before it leaves room', () => {
    expect(admit(unit(), situation())).toEqual({
      verdict: 'on-time',
      readyAt: expect.closeTo(105),
    });
    expect(admit(unit(), situation({ idleAt: 500 })).verdict).toBe('on-time');
    expect(admit(unit({ priority: 'stat' }), situation({ waiting: busy })).verdict).toBe('on-time');
  });

  it('says by how much clinical work will be late, and why', () => {
    const late = admit(unit({ deadline: 1200 }), situation({ waiting: busy, idleAt: 600 }));
    expect(late).toEqual({
      verdict: 'late',
      byMs: expect.closeTo(405),
      because: 'work before it takes 1.5 s',
    });
    expect(admit(unit({ deadline: 50 }), situation())).toMatchObject({
      because: 'by itself it takes 0.1 s and is wanted in 0.1 s',
    });
    const hot = { ...unlimited, duty: 0.5 };
    expect(admit(unit(), situation({ waiting: busy.slice(0, 6), allowance: hot }))).toMatchObject({
      verdict: 'late',
      because: 'the accelerator runs for 50 % of the time only, to stay cool',
    });
  });

  it('lets urgent work pass the rest', () => {
    const hot = { ...unlimited, duty: 0.1 };
    const resting = { restUntil: 900, sinceAged: 0 };
    const urgent = unit({ priority: 'stat', deadline: 500 });
    expect(admit(urgent, situation({ allowance: hot, state: resting })).verdict).toBe('on-time');
    expect(admit(unit(), situation({ allowance: hot, state: resting })).verdict).toBe('late');
  });

  it.each(priorities)('defers %s work only if it is not clinical', (priority) => {
    const clinical = priority === 'stat' || priority === 'routine';
    const verdict = clinical ? 'late' : 'deferred';
    const work = unit({ priority, deadline: 1200 });
    expect(admit(work, situation({ allowance: held })).verdict).toBe(verdict);
    expect(admit(work, situation({ idleAt: 1150 })).verdict).toBe(verdict);
    expect(admit(work, situation({ allowance: { ...unlimited, duty: 0 } }))).toMatchObject({
      verdict,
      because: expect.stringContaining('heat, power and memory'),
    });
  });
});
