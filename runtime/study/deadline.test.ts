import { expect, test } from 'vitest';
import { dueAt } from './deadline.ts';

const limits = { imageMs: 5000, seriesMs: 30_000 };

test.each([
  ['image', 6000],
  ['slice', 31_000],
  ['slab', 31_000],
  ['volume', 31_000],
] as const)('the result on a %s is wanted at %d', (kind, due) => {
  expect(dueAt({ kind }, [{ receivedAt: 1000 }], limits)).toBe(due);
});

test('the newest of several slices counts', () => {
  const slices = [{ receivedAt: 1000 }, { receivedAt: 9000 }, { receivedAt: 2000 }];
  expect(dueAt({ kind: 'volume' }, slices, limits)).toBe(39_000);
});
