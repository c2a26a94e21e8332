import { expect, test } from 'vitest';
import { measuredFlags, measuredPrevalence, missedWithoutFlag, rightFlags } from './frequency.ts';

const adult = {
  sensitivity: { count: 75, of: 83, low: 0.8212, high: 0.9503 },
  specificity: { count: 64, of: 86, low: 0.6429, high: 0.8246 },
};

test('on the measured images 75 of 97 flags were right, of which half had the finding', () => {
  expect(measuredFlags(adult)).toEqual({ count: 75, of: 97 });
  expect(measuredPrevalence(adult)).toBeCloseTo(83 / 169, 12);
});

/** Counted out by hand over 100 000 images, 5000 of them with the finding. */
test('where 5 of 100 have it, five of six flags are false', () => {
  const right = 5000 * (75 / 83);
  const wrong = 95_000 * (22 / 86);
  const { value, low, high } = rightFlags(adult, 0.05);
  expect(value).toBeCloseTo(right / (right + wrong), 12);
  expect([low, value, high].map((each) => Math.round(100 * each))).toEqual([11, 16, 22]);
});

test('images without a flag have the finding all the same, now and then', () => {
  const missed = 5000 * (8 / 83);
  const rest = 95_000 * (64 / 86);
  const { value, low, high } = missedWithoutFlag(adult, 0.05);
  expect(value).toBeCloseTo(missed / (missed + rest), 12);
  expect(low).toBeLessThan(value);
  expect(high).toBeGreaterThan(value);
});

test('without any flag none is right', () => {
  const none = { count: 0, of: 9, low: 0, high: 0.3 };
  const all = { count: 9, of: 9, low: 0.7, high: 1 };
  expect(rightFlags({ sensitivity: none, specificity: all }, 0.05).value).toBe(0);
});
