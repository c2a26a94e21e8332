import { describe, expect, it } from 'vitest';
import { clopperPearson, clusteredWilson, designEffect, wilson } from './proportion.ts';

describe('intervals of a proportion', () => {
  it('agree with R at 95 of 100', () => {
    const exact = clopperPearson({ successes: 95, trials: 100 });
    expect(exact.low).toBeCloseTo(0.8871650889, 9);
    expect(exact.high).toBeCloseTo(0.9835681208, 9);
    const score = wilson({ successes: 95, trials: 100 });
    expect(score.low).toBeCloseTo(0.8882495308, 9);
    expect(score.high).toBeCloseTo(0.9784563208, 9);
  });

  it.each([wilson, clopperPearson])('reach the ends where nothing or everything is hit', (of) => {
    expect(of({ successes: 0, trials: 10 }).low).toBe(0);
    expect(of({ successes: 10, trials: 10 }).high).toBe(1);
    expect(of({ successes: 0, trials: 0 })).toEqual({ low: 0, high: 1 });
  });

  it('know the rule of three: no event in 100 means at most 3.6 %', () => {
    expect(clopperPearson({ successes: 0, trials: 100 }).high).toBeCloseTo(
      1 - 0.025 ** (1 / 100),
      12,
    );
  });
});

describe('clusters', () => {
  const hits = [1, 1, 0, 1, 0, 1, 1, 1, 1, 0];

  it('change nothing where every case is a patient', () => {
    const clusters = hits.map((_, at) => String(at));
    expect(designEffect(hits, clusters)).toBeCloseTo(1, 12);
  });

  it('count a patient once whose images all say the same', () => {
    const tripled = [...hits, ...hits, ...hits];
    const clusters = tripled.map((_, at) => String(at % 10));
    expect(designEffect(tripled, clusters)).toBeCloseTo(3, 12);
  });

  it('fall back on the number of patients where all cases are hit', () => {
    const all = Array.from({ length: 40 }, () => 1);
    const limits = clusteredWilson(
      all,
      all.map((_, at) => String(at % 8)),
    );
    expect(limits).toEqual(wilson({ successes: 8, trials: 8 }));
  });
});
