import { expect, it } from 'vitest';
import { RateBound } from './rate-bound.ts';

const options = { bytesPerSecond: 1_000_000, longestWaitMs: 1000 };

it('gives each device its bytes a second, whatever another one takes', () => {
  const bound = new RateBound(options);
  expect([0, 1, 2].map(() => bound.delay('ct-1', 500_000, 0))).toEqual([0, 500, 1000]);
  expect(bound.delay('ct-2', 500_000, 0)).toBe(0);
  expect(bound.delay('ct-1', 500_000, 1400)).toBe(100);
});

it('refuses who would wait too long, and forgets nothing of what that one owes', () => {
  const bound = new RateBound(options);
  for (let count = 0; count < 3; count++) bound.delay('ct-1', 500_000, 0);
  expect(bound.delay('ct-1', 500_000, 0)).toBeUndefined();
  expect(bound.delay('ct-1', 500_000, 500)).toBe(1000);
});

it('takes a request for one byte for a larger one', () => {
  const bound = new RateBound(options);
  bound.delay('ct-1', 1, 0);
  expect(bound.delay('ct-1', 1, 0)).toBeCloseTo(16.384);
});

it('keeps what is owed where it forgets devices that owe nothing', () => {
  const bound = new RateBound(options);
  bound.delay('ct-1', 900_000, 0);
  for (let device = 0; device < 2000; device++) bound.delay(`other-${device}`, 1, device / 10);
  expect(bound.delay('ct-1', 1, 200)).toBe(700);
});
