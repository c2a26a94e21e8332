import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../models/phantom/random.ts';
import { noArrivals, observeArrival } from './arrivals.ts';
import { type BatchTimes, guessTimes, observeRun } from './batch-time.ts';
import { type Lane, sizesUpTo } from './lane.ts';
import {
  afterRun,
  agedTurn,
  type BatchRun,
  type Choice,
  chooseBatch,
  freshState,
  patienceMs,
  type ScheduleState,
} from './scheduler.ts';
import { type Allowance, priorities, unlimited, type Work } from './work.ts';

function learned(overheadMs: number, unitMs: number, sizes: readonly number[]): BatchTimes {
  const runs = sizes.flatMap((size) => [size, size, size]);
  return runs.reduce((t, size) => observeRun(t, size, overheadMs + unitMs * size), guessTimes());
}

const sizes = sizesUpTo(16);
const onProcessor: Lane = { sizes, times: learned(0.1, 7.5, sizes), arrivals: noArrivals };
const onAccelerator: Lane = { sizes, times: learned(6, 0.8, sizes), arrivals: noArrivals };
const lanes = new Map([
  ['chest', onAccelerator],
  ['head', onAccelerator],
  ['slow', onProcessor],
]);

let made = 0;

function unit(facts: Partial<Work> = {}): Work {
  made += 1;
  return {
    id: `${made}`,
    lane: 'chest',
    priority: 'routine',
    arrivedAt: 0,
    deadline: 10_000,
    alone: false,
    ...facts,
  };
}

function units(count: number, facts: Partial<Work> = {}): Work[] {
  return Array.from({ length: count }, () => unit(facts));
}

function choose(waiting: Work[], now = 0, allowance = unlimited, state = freshState): Choice {
  return chooseBatch(waiting, now, lanes, allowance, state);
}

function run(waiting: Work[], now = 0, allowance = unlimited, state = freshState): BatchRun {
  const choice = choose(waiting, now, allowance, state);
  if (choice.do !== 'run') throw new Error(`${choice.do}: ${choice.because}`);
  return choice;
}

describe('whose turn it is', () => {
  it('takes the class first, then the deadline', () => {
    const stat = unit({ priority: 'stat', deadline: 9000 });
    const early = unit({ deadline: 100 });
    const late = unit({ deadline: 200 });
    expect(run([unit({ priority: 'shadow', deadline: 1 }), late, early, stat]).work[0]).toBe(stat);
    expect(run([late, early]).work).toEqual([early, late]);
  });

  it('puts what is lost behind what can still be in time', () => {
    const lost = unit({ deadline: 1000, lane: 'head' });
    const fine = unit({ deadline: 1100 });
    expect(run([lost, fine], 1050).work).toEqual([fine]);
    expect(run([lost], 1050).work).toEqual([lost]);
  });

  it('runs alone what must, after the others of its class and before the next class', () => {
    const suspect = unit({ alone: true, deadline: 1 });
    const other = unit();
    const shadow = unit({ priority: 'shadow' });
    expect(run([suspect, other, shadow]).work).toEqual([other]);
    expect(run([suspect, shadow])).toMatchObject({ work: [suspect], size: 1 });
    expect(run(units(3, { alone: true })).work).toHaveLength(1);
  });

  it('gives one turn in so many to what has aged', () => {
    const old = unit({ priority: 'self-test', deadline: 1e9, lane: 'slow' });
    const now = patienceMs['self-test'] + 1;
    const stat = unit({ priority: 'stat', arrivedAt: now, deadline: now + 500 });
    const due: ScheduleState = { ...freshState, sinceAged: agedTurn - 1 };
    expect(run([old, stat], now, unlimited, due)).toMatchObject({ work: [old], aged: true });
    expect(run([old, stat], now).work).toEqual([stat]);
    expect(run([old, stat], now - 1, unlimited, due).work).toEqual([stat]);
  });

  it('gives the turn to what has aged although it was put back behind others of its kind', () => {
    const now = patienceMs.routine + 1;
    const others = units(3, { lane: 'slow', arrivedAt: 500, deadline: 1e9 });
    const old = unit({ lane: 'slow', arrivedAt: 0, deadline: 1e9 });
    const due: ScheduleState = { ...freshState, sinceAged: agedTurn - 1 };
    expect(run([...others, old], now, unlimited, due)).toMatchObject({ work: [old], aged: true });
  });

  it('leaves what the allowance excludes', () => {
    const allowance: Allowance = { ...unlimited, classes: ['stat', 'routine'] };
    expect(choose(units(2, { priority: 'shadow' }), 0, allowance)).toEqual({
      do: 'nothing',
      because: 'held',
    });
    expect(choose(units(2), 0, { ...unlimited, classes: [] }).do).toBe('nothing');
    expect(choose([])).toEqual({ do: 'nothing', because: 'empty' });
  });

  it('lets a fuller run of another lane go first while nobody becomes late by it', () => {
    const single = unit({ deadline: 100 });
    const full = units(16, { lane: 'head', deadline: 9000 });
    expect(run([single, ...full]).lane).toBe('head');
    const pressing = unit({ deadline: 30 });
    expect(run([pressing, ...full])).toMatchObject({ lane: 'chest', work: [pressing] });
  });

  it('leaves urgent work in order, however full another run would be', () => {
    const single = unit({ priority: 'stat', deadline: 9000 });
    const full = units(16, { priority: 'stat', lane: 'head', deadline: 9001 });
    expect(run([...full, single]).work).toEqual([single]);
  });

  it('takes what is overdue in order of arrival', () => {
    const [first, second, third] = [90, 50, 70].map((deadline) => unit({ deadline, lane: 'slow' }));
    expect(run([first!, second!, third!], 60).work).toEqual([third]);
    expect(run([first!, second!, third!], 100).work).toEqual([first]);
  });

  it('runs a lane of which nothing is known', () => {
    expect(run(units(5, { lane: 'new' }))).toMatchObject({ size: 1, lane: 'new' });
  });
});

describe('how large a run is', () => {
  it('is as large as pays', () => {
    expect(run(units(40)).size).toBe(16);
    expect(run(units(5)).size).toBe(8);
    expect(run(units(1)).size).toBe(1);
    expect(run(units(40, { lane: 'slow' })).size).toBe(1);
  });

  it('keeps the deadlines of other lanes', () => {
    const burst = units(16, { lane: 'slow', deadline: 500 });
    expect(run([...units(16, { deadline: 600 }), ...burst]).lane).toBe('slow');
    const tight = unit({ lane: 'head', deadline: 26 });
    const chest = units(16, { deadline: 20 });
    expect(run([...chest, tight]).size).toBe(16);
    const tighter = unit({ lane: 'head', deadline: 23 });
    expect(run([...units(16, { deadline: 22 }), tighter]).size).toBe(16);
    expect(
      run([unit({ deadline: 15 }), ...units(15, { deadline: 9000 }), tighter]).size,
    ).toBeLessThan(16);
  });

  it('does not make an urgent run longer for others: these take only what would be padding', () => {
    const stat = units(3, { priority: 'stat', deadline: 500 });
    const { work, size } = run([...units(20), ...stat]);
    expect(size).toBe(4);
    expect(work.filter(({ priority }) => priority === 'stat')).toHaveLength(3);
    expect(work).toHaveLength(4);
  });

  it('is limited by the allowance', () => {
    expect(run(units(40), 0, { ...unlimited, batchShare: 0.5 }).size).toBe(8);
    expect(run(units(40), 0, { ...unlimited, batchShare: 0.01 }).size).toBe(1);
  });

  it('tries a size that was never measured, when it is full and nothing is urgent', () => {
    const times = learned(6, 0.8, [1]);
    const known = new Map([['chest', { ...onAccelerator, times }]]);
    const size = (waiting: Work[]) => {
      const choice = chooseBatch(waiting, 0, known, unlimited, freshState);
      return choice.do === 'run' ? choice.size : 0;
    };
    expect(size(units(2))).toBe(2);
    expect(size(units(2, { priority: 'stat' }))).toBe(1);
    expect(size([unit({ deadline: 12 }), unit({ deadline: 30 })])).toBe(1);
  });
});

describe('waiting while idle', () => {
  /** Units that have come every `gap` milliseconds until `at`. */
  function every(gap: number, at: number): Lane {
    const times = Array.from({ length: 20 }, (_, n) => at - (19 - n) * gap);
    return { ...onAccelerator, arrivals: times.reduce(observeArrival, noArrivals) };
  }

  function chooseIn(lane: Lane, waiting: Work[], now: number): Choice {
    return chooseBatch(waiting, now, new Map([...lanes, ['chest', lane]]), unlimited, freshState);
  }

  it('waits where the next unit is due so soon that all are done earlier together', () => {
    expect(chooseIn(every(1, 100), units(1), 100)).toMatchObject({
      do: 'wait',
      because: 'arrivals',
    });
    expect(chooseIn(every(4, 100), units(1), 100).do).toBe('run');
  });

  it('does not wait for what is overdue, for a full batch, with anything else or urgent at hand', () => {
    const soon = every(1, 100);
    expect(chooseIn(soon, units(1), 102).do).toBe('run');
    expect(chooseIn(soon, units(16), 100).do).toBe('run');
    expect(chooseIn(soon, [unit(), unit({ lane: 'head' })], 100).do).toBe('run');
    expect(chooseIn(soon, units(1, { priority: 'stat' }), 100).do).toBe('run');
    expect(chooseIn(soon, units(1, { deadline: 107 }), 100).do).toBe('run');
  });
});

describe('rest', () => {
  it('waits until the accelerator has rested, but not with urgent work', () => {
    const hot: Allowance = { ...unlimited, duty: 0.5 };
    const state = afterRun({ restUntil: 0, sinceAged: 0 }, { aged: false }, [0, 100], hot);
    expect(choose(units(1), 100, hot, state)).toEqual({ do: 'wait', ms: 100, because: 'rest' });
    expect(choose(units(1), 200, hot, state).do).toBe('run');
    expect(choose(units(1, { priority: 'stat' }), 100, hot, state).do).toBe('run');
    expect(choose(units(1), 100, unlimited, state).do).toBe('run');
    expect(choose(units(1), 100, { ...hot, duty: 0 }, state).do).toBe('nothing');
  });

  it('lets urgent work owe rest, but not for ever', () => {
    const hot: Allowance = { ...unlimited, duty: 0.1 };
    let [state, now]: [ScheduleState, number] = [{ restUntil: 0, sinceAged: 0 }, 0];
    const stat = units(1, { priority: 'stat' });
    while (choose(stat, now, hot, state).do === 'run') {
      state = afterRun(state, { aged: false }, [now, now + 100], hot);
      now += 100;
    }
    expect(state.restUntil - now).toBeGreaterThan(5000);
    expect(state.restUntil - now).toBeLessThan(6000);
  });
});

/** Everything that a replay has seen of a run. */
interface Seen {
  at: number;
  run: BatchRun;
  waiting: Work[];
}

/** Plays work against an accelerator that takes what is expected, until all is done. */
function replay(
  arriving: Work[],
  allowance: Allowance,
): { runs: Seen[]; waits: number; end: number } {
  const runs: Seen[] = [];
  let [now, waits, state, waiting]: [number, number, ScheduleState, Work[]] = [
    0,
    0,
    freshState,
    [],
  ];
  const coming = arriving.toSorted((a, b) => a.arrivedAt - b.arrivedAt);
  while (coming.length > 0 || waiting.length > 0) {
    while (coming[0] && coming[0].arrivedAt <= now) waiting.push(coming.shift()!);
    const choice = chooseBatch(waiting, now, lanes, allowance, state);
    if (choice.do === 'run') {
      runs.push({ at: now, run: choice, waiting });
      const end = now + choice.expectedMs;
      state = afterRun(state, choice, [now, end], allowance);
      waiting = waiting.filter((candidate) => !choice.work.includes(candidate));
      now = end;
      continue;
    }
    const next = coming[0]?.arrivedAt ?? Infinity;
    if (choice.do === 'wait') waits += 1;
    now = choice.do === 'wait' ? Math.min(next, now + choice.ms) : next;
  }
  return { runs, waits, end: now };
}

/** Work of every kind; with `load` above 1, more than can be done while it comes. */
function drawWork(seed: number, load: number): Work[] {
  const random = seededRandom(seed, 'work');
  let at = 0;
  return Array.from({ length: 400 }, () => {
    at += (random.uniform(0, 2) * 7) / load;
    return unit({
      lane: random.pick(['chest', 'head', 'slow']),
      priority: random.pick(priorities),
      arrivedAt: at,
      deadline: at + random.pick([20, 50, 1000]),
      alone: random.chance(0.05),
    });
  });
}

const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
const rank = ({ priority }: Work): number => priorities.indexOf(priority);

describe.each(seeds)('whatever comes, seed %i', (seed) => {
  it.each([0.5, 0.9, 3])('runs every unit once, one lane at a time, at a load of %f', (load) => {
    const work = drawWork(seed, load);
    const { runs, waits } = replay(work, unlimited);
    const done = runs.flatMap((seen) => seen.run.work);
    expect(done).toHaveLength(work.length);
    expect(new Set(done).size).toBe(work.length);
    expect(waits).toBe(0);
    for (const {
      run: { work: batch, lane, size },
    } of runs) {
      expect(batch.every((member) => member.lane === lane)).toBe(true);
      expect(batch.length).toBeLessThanOrEqual(size);
      if (batch.some(({ alone }) => alone)) expect([batch.length, size]).toEqual([1, 1]);
    }
  });

  it('never runs a lower class while a higher one waits', () => {
    for (const {
      run: {
        work: [first],
      },
      waiting,
    } of replay(drawWork(seed, 3), unlimited).runs)
      expect(rank(first!)).toBe(Math.min(...waiting.map(rank)));
  });

  it.each([1, 0.5])('lets nothing starve behind endless urgent work, at a duty of %f', (duty) => {
    const stat = Array.from({ length: 1000 }, (_, at) =>
      unit({ priority: 'stat', lane: 'slow', arrivedAt: at * 5, deadline: at * 5 + 50 }),
    );
    const random = seededRandom(seed, 'others');
    const others = Array.from({ length: 20 }, () =>
      unit({ priority: random.pick(['routine', 'shadow']), lane: random.pick(['chest', 'head']) }),
    ).map((other) => ({
      ...other,
      arrivedAt: random.uniform(0, 2000) - patienceMs[other.priority],
    }));
    const { runs } = replay([...stat, ...others], { ...unlimited, duty });
    for (const other of others) {
      const agedAt = other.arrivedAt + patienceMs[other.priority];
      const started = runs.findIndex((seen) => seen.run.work.includes(other));
      const older = others.filter(({ arrivedAt }) => arrivedAt <= other.arrivedAt).length;
      const turns = runs.slice(0, started).filter(({ at }) => at > agedAt).length;
      expect(turns).toBeLessThanOrEqual(agedTurn * older);
    }
    const last = Math.max(
      ...runs.flatMap(({ run: { work } }, at) => (work.every((w) => others.includes(w)) ? at : [])),
    );
    expect(runs.length - last).toBeGreaterThan(100);
  });

  it('keeps to the duty it is given', () => {
    const work = drawWork(seed, 3).map((member) => ({ ...member, priority: 'routine' as const }));
    const { runs, end } = replay(work, { ...unlimited, duty: 0.4 });
    const busy = runs.reduce((sum, seen) => sum + seen.run.expectedMs, 0);
    expect(busy).toBeGreaterThan(0.35 * end);
    expect(busy).toBeLessThan(0.4 * (end + 1100));
  });
});
