import { expect, it } from 'vitest';
import { accountRule, afterFailure, Lockouts, type Lockout } from './lockout.ts';

const minute = 60_000;

it('waits 1, 2, 4, 8 and then 15 minutes from the fifth failure on, and never longer', () => {
  let lockout: Lockout | undefined;
  let now = 1000;
  const waits = Array.from({ length: 12 }, () => {
    lockout = afterFailure(lockout, accountRule, now);
    const wait = lockout.until - now;
    now = lockout.until;
    return wait / minute;
  });
  expect(waits).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 15, 15, 15, 15]);
});

it('forgets failures a day after the last, and not before', () => {
  const before = { failures: 7, until: 0 };
  const { forgetMs } = accountRule;
  expect(afterFailure(before, accountRule, forgetMs - 1).failures).toBe(8);
  expect(afterFailure(before, accountRule, forgetMs).failures).toBe(1);
});

it('counts each name by itself and ends with a success', () => {
  const lockouts = new Lockouts(accountRule);
  const fails = (name: string) => Array.from({ length: 5 }, () => lockouts.fail(name, 0));
  expect(fails('a')).toEqual([false, false, false, false, true]);
  expect([lockouts.wait('a', 0), lockouts.wait('b', 0)]).toEqual([minute, 0]);
  expect(lockouts.wait('a', minute)).toBe(0);
  lockouts.clear('a');
  expect(lockouts.fail('a', 0)).toBe(false);
});

it('remembers the accounts that there are, however many names somebody invents', () => {
  const lockouts = new Lockouts(accountRule, (name) => name === 'anna');
  for (let count = 0; count < 5; count += 1) lockouts.fail('anna', 0);
  for (let count = 0; count < 5; count += 1) lockouts.fail('invented', 0);
  for (let at = 0; at < 3000; at += 1) lockouts.fail(`x${at}`, 0);
  expect(lockouts.wait('anna', 0)).toBe(minute);
  expect(lockouts.wait('invented', 0)).toBe(0);
});
