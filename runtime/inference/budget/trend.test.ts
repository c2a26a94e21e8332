import { describe, expect, it } from 'vitest';
import { follow, forecast, type Trend } from './trend.ts';

function followAll(readings: number[], everyMs: number): Trend {
  return readings.reduce<Trend | undefined>(
    (trend, reading, at) => follow(trend, reading, at * everyMs),
    undefined,
  ) as Trend;
}

describe('a trend', () => {
  it('begins where the first reading is, and goes nowhere', () => {
    expect(follow(undefined, 61, 5)).toEqual({ value: 61, slope: 0, at: 5 });
  });

  it('finds the slope of a ramp and runs behind it by its time constant', () => {
    const ramp = Array.from({ length: 200 }, (_, second) => 20 + second * 0.25);
    const trend = followAll(ramp, 1000);
    expect(trend.slope).toBeCloseTo(0.25, 2);
    expect(20 + 199 * 0.25 - trend.value).toBeCloseTo(0.25 * 5, 0);
    expect(forecast(trend, 30_000) - trend.value).toBeCloseTo(7.5, 0);
  });

  it('does not depend on how often it is read', () => {
    const ramp = (every: number): number[] =>
      Array.from({ length: 200_000 / every }, (_, at) => (at * every) / 4000);
    const [often, seldom] = [followAll(ramp(500), 500), followAll(ramp(2000), 2000)];
    expect(often.slope).toBeCloseTo(seldom.slope, 2);
  });

  it('does not extrapolate a fall', () => {
    const trend = followAll([90, 80, 70, 60], 1000);
    expect(trend.slope).toBeLessThan(0);
    expect(forecast(trend, 30_000)).toBe(trend.value);
  });

  it('takes no notice of a second reading at the same time, or of an earlier one', () => {
    const trend = follow(undefined, 61, 5);
    expect(follow(trend, 99, 5)).toBe(trend);
    expect(follow(trend, 99, 4)).toBe(trend);
  });
});
