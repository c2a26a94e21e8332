import { describe, expect, it } from 'vitest';
import { decide, restartDelay } from './engine-policy.ts';

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
