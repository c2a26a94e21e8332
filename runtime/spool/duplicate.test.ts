import { expect, test } from 'vitest';
import { takesPlace, type DuplicatePolicy } from './duplicate.ts';

const at = (receivedAt: number, path = 'a.seg', offset = 10) => ({ receivedAt, path, offset });

test.each<[DuplicatePolicy, boolean]>([
  ['keep-first', false],
  ['use-latest', true],
  ['quarantine', false],
])('with %s a later record takes the place of an earlier one: %s', (policy, expected) => {
  expect(takesPlace(at(2), at(1), policy)).toBe(expected);
  expect(takesPlace(at(1), at(2), policy)).toBe(!expected);
});

test.each(['keep-first', 'use-latest'] as const)(
  '%s has one winner in whichever order records of one moment are indexed',
  (policy) => {
    for (const [one, other] of [
      [at(1, 'a.seg'), at(1, 'b.seg')],
      [at(1, 'a.seg', 10), at(1, 'a.seg', 20)],
    ] as const)
      expect(takesPlace(one, other, policy)).toBe(!takesPlace(other, one, policy));
  },
);
