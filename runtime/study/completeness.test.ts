import { expect, test } from 'vitest';
import { judgeCompleteness, type Arrival } from './completeness.ts';

const times = { quietMs: 10_000, openQuietMs: 90_000 };
const base: Arrival = { open: false, lastReceivedAt: 1000, received: 3, expected: undefined };

test.each<[string, Partial<Arrival>, number, ReturnType<typeof judgeCompleteness>]>([
  ['waits for the rest of the quiet time', {}, 4000, { complete: false, waitMs: 7000 }],
  ['ends after the quiet time', {}, 11_000, { complete: true }],
  [
    'waits longer while the association is open',
    { open: true },
    11_000,
    { complete: false, waitMs: 80_000 },
  ],
  ['ends although the association stays open', { open: true }, 91_000, { complete: true }],
  ['ends at once with the expected count', { expected: 3 }, 1001, { complete: true }],
  [
    'does not trust the count while more may come',
    { expected: 3, open: true },
    1001,
    { complete: false, waitMs: 89_999 },
  ],
  [
    'a count that is never reached does not hold the study',
    { expected: 9 },
    11_000,
    { complete: true },
  ],
  [
    'a clock set back waits one quiet time, not more',
    {},
    -5_000_000,
    { complete: false, waitMs: 10_000 },
  ],
])('%s', (_title, change, now, expected) => {
  expect(judgeCompleteness({ ...base, ...change }, times, now)).toEqual(expected);
});
