import { describe, expect, it } from 'vitest';
import { decide, explainEnd, findExcess, restartDelay, runLimit } from './engine-policy.ts';

describe('after a failure', () => {
  it.each(['died', 'timeout'] as const)(
    'a job is repeated once when the child has %s',
    (failure) => {
      expect(decide(failure, 1)).toEqual({ do: 'repeat' });
    },
  );

  it.each([
    ['died', 'model-fault'],
    ['timeout', 'timeout'],
  ] as const)('a job that has failed twice is poison: %s is %s', (failure, reason) => {
    expect(decide(failure, 2)).toMatchObject({
      do: 'answer',
      result: { state: 'not-analysed', reason },
    });
  });
});

describe('a child that keeps ending', () => {
  it('is started again at once, then ever more slowly, up to half a minute', () => {
    const delays = [1, 2, 3, 10, 11, 100_000].map(restartDelay);
    expect(delays).toEqual([50, 100, 200, 25_600, 30_000, 30_000]);
  });
});

describe('a run that does not answer', () => {
  it.each([
    ['nothing is learned: its maker decides', 10_000, 4, Infinity, 40_000],
    ['it is learned', 10_000, 4, 5000, 5000],
    ['its maker allows less', 1000, 2, 5000, 2000],
  ])('is stopped, %s', (_title, timeoutMs, units, watchdogMs, limit) => {
    expect(runLimit(timeoutMs, units, watchdogMs)).toBe(limit);
  });
});

describe('a child that has ended', () => {
  it.each([
    ['SIGSEGV', /crashed/],
    ['SIGKILL', /memory is short/],
    ['SIGABRT', /gave up/],
    ['exit 1', /by itself/],
  ])('by %s is said to have %s', (how, words) => {
    expect(explainEnd(how)).toMatch(words);
  });
});

it('a child that holds more than it may is told how much', () => {
  expect(findExcess(100 * 2 ** 20, 100 * 2 ** 20)).toBeUndefined();
  expect(findExcess(101 * 2 ** 20, 100 * 2 ** 20)).toBe(
    'it holds 101 MiB of memory and may hold 100 MiB',
  );
});
