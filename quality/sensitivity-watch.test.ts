import { describe, expect, it } from 'vitest';
import { ManualClock } from '../device/manual-clock.ts';
import { type Random, seededRandom } from '../models/phantom/random.ts';
import { day, makeExam, makePositive, start } from '../tests/quality-exams.ts';
import { runLength } from './cusum.ts';
import type { VerifiedExam } from './judged-exam.ts';
import {
  alarmLimit,
  fewestPositives,
  followMisses,
  judgeSensitivity,
  missChart,
  watchedPositives,
  watchLimit,
} from './sensitivity-watch.ts';

const seed = 92;
const everything = { from: 0, to: Infinity };

/** Positives in a row, an hour apart. */
function sequence(found: readonly boolean[], site = 'north'): VerifiedExam[] {
  return found.map((each, at) =>
    makePositive(each, { exam: `${site}-${at}`, at: start + (at * day) / 24, site }),
  );
}

const judge = (exams: VerifiedExam[], since = 0, period = everything) =>
  judgeSensitivity({ exams, since, period });

const mixed = (hits: number, misses: number) => [
  ...Array.from({ length: hits }, () => true),
  ...Array.from({ length: misses }, () => false),
];

describe('what the watch counts', () => {
  it('are positives whose truth did not hang on the answer', () => {
    const exams = [
      makeExam({ exam: 'no truth' }),
      makePositive(true, { exam: 'negative' }, { label: 0 }),
      makePositive(true, { exam: 'followed up' }, { selection: 'by-answer' }),
      { ...makePositive(true, { exam: 'silent' }), answer: { reason: 'uncertain' } },
      makePositive(false, { exam: 'read blind' }, { selection: 'blind-sample' }),
    ];
    expect(watchedPositives(exams).map(({ exam }) => exam)).toEqual(['read blind']);
  });

  it('stand in the order in which they became known, however they are given', () => {
    const late = makePositive(true, { exam: 'late' }, { knownAt: start + 9 * day });
    const exams = [late, ...sequence([true, false, true])];
    const order = watchedPositives(exams);
    expect(order.at(-1)).toBe(late);
    expect(watchedPositives(exams.toReversed())).toEqual(order);
  });
});

describe('the verdict', () => {
  it('is quiet without a positive, and knows nothing then', () => {
    const { level, period } = judge([]);
    expect(level).toBe('quiet');
    expect(period).toEqual({ positives: 0, hits: 0, interval: { low: 0, high: 1 } });
  });

  it('does not call three cases a rate', () => {
    expect(judge(sequence(mixed(1, 2))).level).toBe('quiet');
  });

  it.each([
    [46, 4, 'quiet'],
    [45, 5, 'watch'],
    [44, 5, 'quiet'],
  ])('of %d hits before %d misses is %s by the point rule alone', (hits, misses, level) => {
    // Misses spread among the hits keep the charts low.
    const every = Math.floor(hits / misses);
    const found = Array.from({ length: hits + misses }, (_, at) => at % (every + 1) !== every);
    const positives = sequence(found);
    expect(positives.filter(({ answer }) => !answer.flagged)).toHaveLength(misses);
    const { reasons } = judge(positives);
    expect(reasons.includes('share-below-required')).toBe(level === 'watch');
  });

  it('is an alarm where even the upper limit lies below 95 %', () => {
    const { level, reasons } = judge(sequence(mixed(84, 16)));
    expect(level).toBe('alarm');
    expect(reasons).toContain('limit-below-intended');
  });

  it('watches a site by itself, and the model on all sites', () => {
    const bad = sequence(mixed(0, 5), 'south');
    const good = sequence(mixed(200, 0), 'north');
    const { level, reasons, sites, model } = judge([...bad, ...good]);
    expect(reasons).toEqual(['site-chart-over-limit']);
    expect(level).toBe('watch');
    expect(sites['north']).toEqual({ value: 0, limit: watchLimit });
    expect(sites['south']?.crossedAt).toBe(bad.at(-1)?.truth.knownAt);
    expect(model.crossedAt).toBeUndefined();
  });

  it('stays once a chart has met its limit, until the charts are begun anew', () => {
    const positives = sequence([...mixed(0, 6), ...mixed(300, 0)]);
    const { model } = judge(positives);
    expect(model).toEqual({
      value: 0,
      limit: alarmLimit,
      crossedAt: positives[5]?.truth.knownAt,
    });
    expect(judge(positives, (model.crossedAt ?? 0) + 1).level).toBe('quiet');
  });
});

/** Days of a year in which `perYear` positives come at random; whoever looks sees them a day later. */
function* yearOfPositives(
  clock: ManualClock,
  perYear: number,
  sensitivity: number,
  random: Random,
) {
  const end = clock.now() + 365 * day;
  for (let nth = 0; ; nth++) {
    clock.advance((-Math.log(1 - random.uniform(0, 1)) * 365 * day) / perYear);
    if (clock.now() >= end) return;
    yield makePositive(random.chance(sensitivity), { exam: String(nth), at: clock.now() });
  }
}

/** Alarms and watches in a year whose verdict is made every 30 days, with the charts begun anew after an alarm. */
function countYear(perYear: number, sensitivity: number, random: Random) {
  const clock = new ManualClock(start);
  const positives = [...yearOfPositives(clock, perYear, sensitivity, random)];
  const count = { alarm: 0, watch: 0, quiet: 0 };
  for (let month = 1, since = 0; month <= 12; month++) {
    const now = start + month * 30 * day;
    const known = positives.filter(({ truth }) => truth.knownAt < now);
    const { level } = judge(known, since, { from: now - 31 * day, to: now });
    count[level]++;
    if (level === 'alarm') since = now;
  }
  return count;
}

describe(`simulated years of 600 positives, seed ${seed}`, () => {
  const years = 200;

  function simulate(sensitivity: number) {
    const random = seededRandom(seed, `years at ${sensitivity}`);
    const counts = Array.from({ length: years }, () => countYear(600, sensitivity, random));
    const perYear = (level: 'alarm' | 'watch') =>
      counts.reduce((sum, count) => sum + count[level], 0) / years;
    return {
      alarms: perYear('alarm'),
      watches: perYear('watch'),
      years: counts.filter(({ alarm }) => alarm > 0).length / years,
    };
  }

  it('bring less than one false alarm a year at 95 %, where the share alone would cry more than once', () => {
    const { alarms, watches } = simulate(0.95);
    expect(alarms).toBeLessThan(1);
    expect(watches).toBeGreaterThan(1);
  });

  it('bring an alarm in every year at 85 %', () => {
    expect(simulate(0.85).years).toBe(1);
  });
});

describe(`a drop from 95 to 85 %, seed ${seed}`, () => {
  const trials = 2000;
  const random = seededRandom(seed, 'drop');
  const flags = (count: number, sensitivity: number) =>
    Array.from({ length: count }, () => random.chance(sensitivity));

  /** Positives after the drop until the limit is met, where nothing was raised before. */
  function delay(limit: number): number {
    const before = sequence(flags(200, 0.95));
    if (followMisses(before, limit).crossedAt !== undefined) return delay(limit);
    const all = [...before, ...sequence(flags(700, 0.85)).map(later)];
    const { crossedAt } = followMisses(all, limit);
    return all.findIndex(({ truth }) => truth.knownAt === crossedAt) - before.length + 1;
  }

  const later = (exam: VerifiedExam): VerifiedExam => ({
    ...exam,
    truth: { ...exam.truth, knownAt: exam.truth.knownAt + 1000 * day },
  });

  it.each([
    ['watched', watchLimit],
    ['alarmed', alarmLimit],
  ])('is %s within the mean run length of the chain', (_, limit) => {
    const delays = Array.from({ length: trials }, () => delay(limit));
    expect(Math.min(...delays)).toBeGreaterThan(0);
    const mean = delays.reduce((sum, each) => sum + each, 0) / trials;
    expect(mean).toBeLessThanOrEqual(runLength(missChart, limit, 0.15));
  });
});

it('the point rule waits for fifty positives', () => expect(fewestPositives).toBe(50));
