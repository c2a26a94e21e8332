import { describe, expect, it } from 'vitest';
import { type Failure, pauseBeforeRetry } from './retry.ts';

const limits = { attempts: 4, longestPauseMs: 1_000 };
const status = (code: number, retryAfter?: string): Failure => ({
  end: 'status',
  status: code,
  retryAfter,
});
const unreachable: Failure = { end: 'unreachable' };

describe('the pause before another request', () => {
  it('doubles and stays below its limit', () => {
    const pauses = [1, 2, 3, 4, 5].map((attempt) =>
      pauseBeforeRetry(unreachable, attempt, { attempts: 6, longestPauseMs: 700 }, 1),
    );
    expect(pauses).toEqual([100, 200, 400, 700, 700]);
  });

  it('is half as long at least, so that not all devices come back at once', () => {
    expect(pauseBeforeRetry(unreachable, 1, limits, 0)).toBe(50);
  });

  it('ends with the last attempt', () => {
    expect(pauseBeforeRetry(unreachable, 4, limits, 1)).toBeUndefined();
  });

  it.each([429, 503])('is there after %i', (code) => {
    expect(pauseBeforeRetry(status(code), 1, limits, 1)).toBe(100);
  });

  it.each([301, 400, 401, 404, 413, 500, 501, 502])('is not there after %i', (code) => {
    expect(pauseBeforeRetry(status(code), 1, limits, 1)).toBeUndefined();
  });

  it.each([
    ['1', 1_000],
    ['0', 0],
    ['2', undefined],
    ['Wed, 21 Oct 2026 07:28:00 GMT', 100],
    ['-1', 100],
  ])('is what the server asks for, where that is not too long: %s', (asked, pause) => {
    expect(pauseBeforeRetry(status(503, asked), 1, limits, 1)).toBe(pause);
  });
});
