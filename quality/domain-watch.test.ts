import { describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../models/phantom/random.ts';
import { advanceLimited, type LimitedChart, runLength } from './cusum.ts';
import { makeDomainWatch } from './domain-watch.ts';

const seed = 466;

/** Exams until the alarm, or `most` of them and none. */
function untilAlarm(watch: LimitedChart, share: number, most: number, random: Random): number {
  for (let exams = 1, value = 0; exams <= most; exams++) {
    value = advanceLimited(watch, value, random.chance(share));
    if (value >= watch.limit) return exams;
  }
  return Infinity;
}

describe('the watch of the domain', () => {
  // What the manifests of the models for children, for adults and of the demonstration have measured.
  const stops: [number, number][] = [
    [14, 466],
    [0, 169],
    [8, 400],
  ];

  it.each(stops)(
    'of a gate with %d false stops of %d exams is silent for 100,000 exams',
    (count, of) => {
      const watch = makeDomainWatch({ successes: count, trials: of });
      expect(runLength(watch.chart, watch.limit, count / of)).toBeGreaterThan(100_000);
    },
  );

  it(`alarms within 20 exams of which the gate stops 6 of 10, seed ${seed}`, () => {
    const random = seededRandom(seed, 'other population');
    const watch = makeDomainWatch({ successes: 14, trials: 466 });
    const delays = Array.from({ length: 5000 }, () => untilAlarm(watch, 0.6, 100, random));
    const late = delays.filter((exams) => exams > 20).length;
    expect(late / delays.length).toBeLessThan(0.02);
    expect(runLength(watch.chart, watch.limit, 0.6)).toBeLessThan(12);
  });

  it(`is silent on 2,000 of its own exams, a hundred times, seed ${seed}`, () => {
    const random = seededRandom(seed, 'own population');
    const watch = makeDomainWatch({ successes: 14, trials: 466 });
    const runs = Array.from({ length: 100 }, () => untilAlarm(watch, 14 / 466, 2000, random));
    expect(runs.filter(Number.isFinite)).toEqual([]);
  });

  it('is not made blind by a gate that has been measured on nothing', () => {
    const watch = makeDomainWatch({ successes: 0, trials: 0 });
    expect(runLength(watch.chart, watch.limit, 0.9)).toBeLessThan(30);
  });
});
