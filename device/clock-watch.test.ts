import { expect, test } from 'vitest';
import { ClockWatch } from './clock-watch.ts';
import { ManualClock } from './manual-clock.ts';

const minute = 60_000;

function watch() {
  const clock = new ManualClock();
  const jumps: number[] = [];
  const watched = new ClockWatch(clock, (byMs) => jumps.push(byMs));
  watched.start();
  return { clock, jumps, watched };
}

test.each([2 * minute + 1, -60 * minute])('a jump by %i ms is noticed and told once', (byMs) => {
  const { clock, jumps, watched } = watch();
  clock.advance(5 * minute);
  clock.step(byMs);
  clock.advance(5 * minute);
  expect(jumps).toEqual([byMs]);
  expect(watched.jumpMs).toBe(byMs);
});

test('time that passes and what a time server corrects is no jump', () => {
  const { clock, jumps, watched } = watch();
  clock.step(2 * minute);
  clock.advance(60 * minute);
  expect(jumps).toEqual([]);
  expect(watched.jumpMs).toBeUndefined();
});

test('it is remembered for a day', () => {
  const { clock, watched } = watch();
  clock.step(3 * minute);
  clock.advance(24 * 60 * minute);
  expect(watched.jumpMs).toBe(3 * minute);
  clock.advance(minute);
  expect(watched.jumpMs).toBeUndefined();
});

test('closed, it looks no more', () => {
  const { clock, jumps, watched } = watch();
  watched.close();
  clock.step(9 * minute);
  clock.advance(minute);
  expect(jumps).toEqual([]);
});
