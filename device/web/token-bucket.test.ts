import { expect, it } from 'vitest';
import { RateLimit, take } from './token-bucket.ts';

const rate = { burst: 3, perSecond: 2 };

it('allows the burst at once and then the rate, never more than the burst', () => {
  const limit = new RateLimit(rate);
  const ask = (now: number) => limit.allows('a', now);
  expect([0, 0, 0, 0].map(ask)).toEqual([true, true, true, false]);
  expect([499, 500, 500].map(ask)).toEqual([false, true, false]);
  expect([60_000, 60_000, 60_000, 60_000].map(ask)).toEqual([true, true, true, false]);
});

it('asks nothing of one name for what another did', () => {
  const limit = new RateLimit(rate);
  for (let count = 0; count < 4; count += 1) limit.allows('a', 0);
  expect([limit.allows('a', 0), limit.allows('b', 0)]).toEqual([false, true]);
});

it('takes nothing from a bucket that refuses', () => {
  const { bucket, allowed } = take(rate, { tokens: 0.5, at: 10 }, 10);
  expect([bucket.tokens, allowed]).toEqual([0.5, false]);
});

it('keeps few names: past 4096 that are in debt, new ones share one bucket', () => {
  const limit = new RateLimit(rate);
  for (let at = 0; at < 4096; at += 1) limit.allows(`a${at}`, 0);
  const asked = Array.from({ length: 5 }, (_, at) => limit.allows(`new${at}`, 0));
  expect(asked).toEqual([true, true, true, false, false]);
  expect(limit.allows('much later', 3_600_000)).toBe(true);
});
