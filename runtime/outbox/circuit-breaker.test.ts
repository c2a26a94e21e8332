import { expect, test } from 'vitest';
import { breakerTable, closedBreaker, nextBreaker, type Breaker } from './circuit-breaker.ts';

const latest = 0.999_999;

function failing(times: number, from: Breaker = closedBreaker): Breaker {
  return Array.from({ length: times }).reduce<Breaker>(
    (breaker) => nextBreaker(breaker, 'failed', 0, latest),
    from,
  );
}

test('five failures in a row open it, four do not', () => {
  expect([failing(4).state, failing(5).state]).toEqual(['closed', 'open']);
});

test('an answer between them begins the count again', () => {
  const answered = nextBreaker(failing(4), 'answered', 0, latest);
  expect(answered).toEqual(closedBreaker);
  expect(failing(4, answered).state).toBe('closed');
});

test('pauses double from a second to five minutes and are spread by half', () => {
  expect([1, 2, 3, 4, 5, 6].map((times) => failing(times).notBefore)).toEqual([
    1000, 2000, 4000, 8000, 16_000, 32_000,
  ]);
  expect(failing(100).notBefore).toBe(300_000);
  expect(nextBreaker(failing(9), 'failed', 0, 0).notBefore).toBe(150_000);
});

test('after the pause one link is on trial: its answer closes, its failure opens for twice as long', () => {
  const trial = nextBreaker(failing(5), 'elapsed', 16_000, latest);
  expect(trial.state).toBe('half-open');
  expect(nextBreaker(trial, 'answered', 16_000, latest)).toEqual(closedBreaker);
  expect(nextBreaker(trial, 'failed', 16_000, latest)).toEqual({
    state: 'open',
    failures: 6,
    notBefore: 48_000,
  });
});

test('a rejection opens it at once for the longest pause', () => {
  expect(nextBreaker(closedBreaker, 'rejected', 0, latest)).toEqual({
    state: 'open',
    failures: 1,
    notBefore: 300_000,
  });
});

test('only an answer closes it', () => {
  const closing = Object.entries(breakerTable)
    .filter(([state]) => state !== 'closed')
    .map(([, row]) => Object.entries(row).flatMap(([event, to]) => (to === 'closed' ? event : [])));
  expect(closing).toEqual([['answered'], ['answered']]);
});
