import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../models/phantom/random.ts';
import {
  type BatchTimes,
  expectedMs,
  guessTimes,
  isKnown,
  observeRun,
  promisedMs,
  watchdogMs,
} from './batch-time.ts';

const sizes = [1, 2, 4, 8, 16];

/** Runs of sizes in turn on something that takes 6 + 0.8 B milliseconds, `factor` times as long. */
function learn(times: BatchTimes, runs: number, factor = 1): BatchTimes {
  return Array.from({ length: runs }, (_, at) => sizes[at % sizes.length] ?? 1).reduce(
    (learned, size) => observeRun(learned, size, factor * (6 + 0.8 * size)),
    times,
  );
}

describe('times of batches', () => {
  it('claims nothing for a batch before it is measured', () => {
    const times = guessTimes(50);
    expect(expectedMs(times, 1)).toBe(50);
    expect(expectedMs(times, 8)).toBe(400);
    expect(promisedMs(times, 1)).toBe(75);
  });

  it('claims nothing for a batch when only one size was measured', () => {
    const times = [7, 7, 7].reduce((learned, ms) => observeRun(learned, 1, ms), guessTimes());
    expect(expectedMs(times, 8)).toBeCloseTo(56);
  });

  it('learns what a run costs and what a unit adds', () => {
    const times = learn(guessTimes(), 15);
    for (const size of sizes) expect(expectedMs(times, size)).toBeCloseTo(6 + 0.8 * size);
    expect(times.overheadMs).toBeCloseTo(6);
    expect(times.unitMs).toBeCloseTo(0.8);
  });

  it('foretells a size that was never run', () => {
    const times = learn(guessTimes(), 15);
    expect(expectedMs(times, 32)).toBeCloseTo(31.6);
    expect(isKnown(times, 32)).toBe(false);
    expect(isKnown(times, 16)).toBe(true);
  });

  it('takes no part of the time to be below zero', () => {
    const steeper = [1, 1, 1, 2, 2, 2].reduce(
      (t, size) => observeRun(t, size, size ** 2),
      guessTimes(),
    );
    const falling = [1, 1, 1, 2, 2, 2].reduce(
      (t, size) => observeRun(t, size, 9 / size),
      guessTimes(),
    );
    expect(steeper.overheadMs).toBe(0);
    expect(falling.unitMs).toBe(0);
    expect(expectedMs(falling, 1)).toBeGreaterThan(0);
  });

  it('is not moved by one slow run', () => {
    const times = learn(guessTimes(), 30);
    expect(expectedMs(observeRun(times, 4, 500), 4)).toBeCloseTo(expectedMs(times, 4));
  });

  it('follows heat for every size from five runs of one', () => {
    let times = learn(guessTimes(), 30);
    for (let run = 0; run < 5; run++) times = observeRun(times, 4, 2 * 9.2);
    for (const size of sizes) {
      expect(expectedMs(times, size) / (6 + 0.8 * size)).toBeGreaterThan(1.75);
      expect(expectedMs(times, size) / (6 + 0.8 * size)).toBeLessThan(2.05);
    }
    for (let run = 0; run < 8; run++) times = observeRun(times, 4, 9.2);
    expect(expectedMs(times, 8) / 12.4).toBeCloseTo(1, 1);
  });

  it('comes back to the shape after a day of ups and downs', () => {
    let times = learn(guessTimes(), 30);
    for (let hour = 0; hour < 24; hour++) times = learn(times, 40, hour % 2 === 0 ? 2 : 1);
    for (const size of sizes) expect(expectedMs(times, size) / (6 + 0.8 * size)).toBeCloseTo(1, 1);
  });

  it('promises what nineteen of twenty runs keep', () => {
    const random = seededRandom(1, 'noise');
    let times = guessTimes();
    let kept = 0;
    for (let run = 0; run < 2000; run++) {
      const size = random.pick([1, 2, 4, 8, 16]);
      const ms = (6 + 0.8 * size) * Math.exp(0.1 * random.normal());
      if (run >= 200 && ms <= promisedMs(times, size)) kept += 1;
      times = observeRun(times, size, ms);
    }
    expect(kept / 1800).toBeGreaterThan(0.9);
    expect(promisedMs(times, 1) / expectedMs(times, 1)).toBeLessThan(1.5);
  });

  it('waits twice the expected time, and five seconds at least, before it takes a run to hang', () => {
    expect(watchdogMs(guessTimes(100), 1)).toBe(5000);
    expect(watchdogMs(guessTimes(1000), 8)).toBe(16_000);
  });
});
