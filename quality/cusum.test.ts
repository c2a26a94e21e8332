import { describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../models/phantom/random.ts';
import { advance, type Chart, limitForRunLength, limitOf, makeChart, runLength } from './cusum.ts';

const seed = 11;
const misses = makeChart(0.05, 0.1);

describe('the chart of misses', () => {
  it('takes thirteen hits to outweigh a miss', () => {
    expect(misses).toEqual({ event: 13, other: -1, unit: -Math.log(0.9 / 0.95) });
    expect([3, 4, 5].map((h) => limitOf(misses, h))).toEqual([56, 74, 93]);
  });

  it('never falls below nil, and climbs by what it is told', () => {
    expect(advance(misses, 0, false)).toBe(0);
    expect(advance(misses, 40, false)).toBe(39);
    expect(advance(misses, 40, true)).toBe(53);
  });
});

describe('a chart', () => {
  it.each([
    [0.3, 0.46],
    [0.3, 0.18],
    [0.5, 2 / 3],
    [0.01, 0.02],
  ])('from %d to %d keeps both weights within 5 %', (from, to) => {
    const { event, other, unit } = makeChart(from, to);
    const weights = [Math.log(to / from), Math.log((1 - to) / (1 - from))];
    [event, other].forEach((steps, at) => {
      expect(Number.isInteger(steps)).toBe(true);
      expect(Math.abs((steps * unit) / weights[at]! - 1)).toBeLessThan(0.05);
    });
  });
});

/** Cases until the limit is crossed. */
function run(chart: Chart, limit: number, rate: number, random: Random): number {
  let cases = 0;
  for (let value = 0; value < limit; cases++) value = advance(chart, value, random.chance(rate));
  return cases;
}

describe('the run length', () => {
  it.each([
    [3, 0.05, 1196],
    [3, 0.08, 196],
    [3, 0.1, 108],
    [3, 0.2, 31],
    [4, 0.05, 3374],
    [4, 0.08, 303],
    [4, 0.1, 153],
    [4, 0.2, 41],
    [5, 0.05, 9464],
    [5, 0.08, 428],
    [5, 0.1, 200],
    [5, 0.2, 52],
  ])('at h = %d and a share of misses of %d is %d positives', (h, rate, published) => {
    const exact = runLength(misses, limitOf(misses, h), rate);
    expect(Math.abs(exact / published - 1)).toBeLessThan(0.02);
  });

  it.each([
    [misses, 56, 0.05, 3000],
    [misses, 74, 0.05, 3000],
    [misses, 74, 0.15, 6000],
    [makeChart(0.3, 0.46), 120, 0.3, 8000],
    [makeChart(0.3, 0.18), 120, 0.3, 4000],
  ])(`is met within 5 %%, seed ${seed}: %o, %d, %d`, (chart, limit, rate, runs) => {
    const random = seededRandom(seed, 'run length');
    let cases = 0;
    for (let at = 0; at < runs; at++) cases += run(chart, limit, rate, random);
    expect(Math.abs(cases / runs / runLength(chart, limit, rate) - 1)).toBeLessThan(0.05);
  });

  it('has no end where nothing moves the chart up', () => {
    expect(runLength(misses, 56, 0)).toBe(Infinity);
    expect(runLength(makeChart(0.3, 0.18), 20, 1)).toBe(Infinity);
  });

  it('of one step is the time to the first event', () => {
    expect(runLength(misses, 1, 0.25)).toBeCloseTo(4, 12);
  });
});

describe('the limit for a run length', () => {
  it('is the lowest that keeps it', () => {
    const limit = limitForRunLength(misses, 0.05, 3000);
    expect(runLength(misses, limit, 0.05)).toBeGreaterThanOrEqual(3000);
    expect(runLength(misses, limit - 1, 0.05)).toBeLessThan(3000);
  });
});
