import { expect, it } from 'vitest';
import { outcomeOf } from './report-outcome.ts';

it.each([
  ['install', 'committed', 'committed'],
  ['pause', 'committed', 'committed'],
  ['rollback', 'committed', 'returned'],
  ['install', 'ROLLED_BACK', 'failed'],
  ['rollback', 'failed', 'failed'],
  ['install', 'downloading', undefined],
  ['install', 'deferred', undefined],
] as const)('of %s, %s is %s', (mode, state, outcome) => {
  expect(outcomeOf(mode, state)).toBe(outcome);
});
