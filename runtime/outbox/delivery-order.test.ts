import { describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../../models/phantom/random.ts';
import { type ObjectKind, objectKinds } from '../spool/outgoing-object.ts';
import {
  chooseNext,
  isTimeToAsk,
  patience,
  rankOf,
  turns,
  type Urgency,
  type Waiting,
} from './delivery-order.ts';

const isAnswer = (kind: ObjectKind) => kind === 'report' || kind === 'message';

const all: Urgency[] = objectKinds.flatMap((kind) =>
  [true, false].flatMap((urgent) => [true, false].map((flagged) => ({ kind, urgent, flagged }))),
);

describe('the order of what waits', () => {
  it('gives every sort of object a place of its own', () => {
    expect(new Set(all.map(rankOf)).size).toBe(all.length);
  });

  it('puts every answer before every picture, over all studies', () => {
    const ranks = (wanted: boolean) =>
      all.filter(({ kind }) => isAnswer(kind) === wanted).map(rankOf);
    expect(Math.max(...ranks(true))).toBeLessThan(Math.min(...ranks(false)));
  });

  it('puts STAT before routine, flags before the others, and kinds in their order', () => {
    const report = { kind: 'report', urgent: false, flagged: false } as const;
    const order: Urgency[] = [
      { ...report, urgent: true, flagged: true },
      { ...report, urgent: true },
      { ...report, flagged: true },
      report,
      { ...report, urgent: true, kind: 'key-objects' },
      { ...report, urgent: true, kind: 'heatmap', flagged: true },
      { ...report, kind: 'key-objects' },
      { ...report, kind: 'heatmap', flagged: true },
      { ...report, kind: 'heatmap' },
    ];
    expect(order.map(rankOf)).toEqual(order.map(rankOf).toSorted((a, b) => a - b));
  });

  it('lets a STAT exam wait least and a routine picture longest', () => {
    const report = { urgent: true, flagged: false, kind: 'report' } as const;
    expect([
      patience(rankOf(report)),
      patience(rankOf({ ...report, urgent: false })),
      patience(rankOf({ ...report, kind: 'heatmap' })),
      patience(rankOf({ ...report, urgent: false, kind: 'heatmap' })),
    ]).toEqual([60_000, 120_000, 180_000, 240_000]);
  });
});

interface Item extends Waiting {
  at: number;
  kind: ObjectKind;
  urgent: boolean;
}

/** More arrives than can be sent, most of it STAT, until the flood ends. */
function makeArrivals(random: Random): Item[] {
  return Array.from({ length: 3000 }, () => {
    const urgent = random.chance(0.8);
    const kind: ObjectKind = random.chance(0.7)
      ? 'report'
      : random.pick<ObjectKind>(['key-objects', 'heatmap']);
    const rank = rankOf({ kind, urgent, flagged: random.chance(0.5) });
    return { at: 0, kind, urgent, rank, dueAt: Math.floor(random.uniform(0, 1_500_000)) };
  }).toSorted((a, b) => a.dueAt - b.dueAt);
}

const endOfPatience = ({ rank, dueAt }: Item) => dueAt + patience(rank);

interface Sent extends Item {
  /** Which sending it was. */
  place: number;
  /** The first sending after its patience had ended, and how many had lost theirs before it and were still there. */
  lostAt: number | undefined;
  ahead: number;
}

/** One second a sending: 3,000 seconds of work arrive in 1,500. */
function sendAll(arrivals: Item[]): Sent[] {
  const waiting: Sent[] = [];
  const sent: Sent[] = [];
  const coming = arrivals.map((item) => ({ ...item, place: -1, lostAt: undefined, ahead: 0 }));
  for (let turn = 0, now = 0; sent.length < arrivals.length; now += 1000) {
    while (coming[0] && coming[0].dueAt <= now) waiting.push(coming.shift()!);
    const lost = waiting.filter((item) => endOfPatience(item) <= now);
    for (const item of lost.filter(({ lostAt }) => lostAt === undefined)) {
      item.lostAt = turn;
      item.ahead = lost.filter((other) => endOfPatience(other) < endOfPatience(item)).length;
    }
    const next = chooseNext(waiting, now, turn);
    if (!next) continue;
    waiting.splice(waiting.indexOf(next), 1);
    sent.push({ ...next, at: now, place: turn++ });
  }
  return sent;
}

describe.each([1, 2, 3])('a flood of STAT exams (seed %i)', (seed) => {
  const sent = sendAll(makeArrivals(seededRandom(seed, 'flood')));

  it('is a flood: most of it waits longer than it should', () => {
    expect(sent.filter(({ lostAt }) => lostAt !== undefined).length).toBeGreaterThan(1000);
  });

  it('starves nothing: of four sendings one is for the object whose patience ended first', () => {
    const late = sent.filter(
      ({ place, lostAt, ahead }) => lostAt !== undefined && place - lostAt > turns * (ahead + 1),
    );
    expect(late).toEqual([]);
  });

  it('sends no two pictures in a row while an answer waits', () => {
    const overtaken = sent.filter((item, place) => {
      const before = sent.slice(Math.max(0, place - 2), place);
      const pictures = before.filter((each) => !isAnswer(each.kind) && each.at >= item.dueAt);
      return isAnswer(item.kind) && pictures.length === 2;
    });
    expect(overtaken).toEqual([]);
  });

  it('tells STAT answers sooner than routine ones, and those sooner than pictures', () => {
    const mean = (wanted: (item: Sent) => boolean) => {
      const waits = sent.filter(wanted).map(({ at, dueAt }) => at - dueAt);
      return waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
    };
    const stat = mean(({ kind, urgent }) => isAnswer(kind) && urgent);
    const routine = mean(({ kind, urgent }) => isAnswer(kind) && !urgent);
    const pictures = mean(({ kind }) => !isAnswer(kind));
    expect([stat < routine, routine < pictures]).toEqual([true, true]);
  });
});

it('chooses the same of the oldest of each rank as of all', () => {
  const random = seededRandom(7, 'heads');
  for (let round = 0; round < 300; round++) {
    const waiting = makeArrivals(random).slice(0, 40);
    const heads = waiting.filter(
      ({ rank }, at) => waiting.findIndex((other) => other.rank === rank) === at,
    );
    const now = Math.floor(random.uniform(0, 500_000));
    expect(chooseNext(heads, now, round)).toEqual(chooseNext(waiting, now, round));
  }
});

it('chooses nothing of nothing', () => {
  expect([chooseNext([], 0, 0), chooseNext([], 0, 3)]).toEqual([undefined, undefined]);
});

describe('when commitment is asked for', () => {
  const stored = (count: number) => Array.from({ length: count }, () => ({ dueAt: 1000 }));

  it.each([
    ['a single object at once', 1, false, 1000, true],
    ['nothing', 0, false, 1000, false],
    ['not while a burst is sent', 99, true, 1000, false],
    ['within a burst by the hundred', 100, true, 1000, true],
    ['within a slow burst after half a minute', 2, true, 31_000, true],
    ['and not before that', 2, true, 30_999, false],
  ])('%s', (_title, count, sending, now, expected) => {
    expect(isTimeToAsk(stored(count), sending, now)).toBe(expected);
  });
});
