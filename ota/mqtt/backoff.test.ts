import { expect, it } from 'vitest';
import { reconnectDelay } from './backoff.ts';

it('doubles the time in which the next attempt lies, up to five minutes', () => {
  const longest = [0, 1, 2, 5, 6, 7, 1000].map((failures) => reconnectDelay(failures, 1));
  expect(longest).toEqual([5000, 10_000, 20_000, 160_000, 300_000, 300_000, 300_000]);
});

it('spreads devices over all of that time, and never asks at once', () => {
  expect(reconnectDelay(3, 0.25)).toBe(10_000);
  expect(reconnectDelay(3, 0)).toBe(100);
});
