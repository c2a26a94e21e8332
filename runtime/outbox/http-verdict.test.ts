import { describe, expect, it } from 'vitest';
import { judgeStatus, plainText } from './http-verdict.ts';

const noon = 784_123_200_000;
const judge = (status: number, headers = {}) => judgeStatus({ status, headers }, noon, 'words');

describe('what a status means', () => {
  it.each([200, 201, 202, 204])('accepted: %i', (status) => {
    expect(judge(status)).toEqual({ verdict: 'accepted' });
  });

  it.each([100, 400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 422, 301, 307])(
    'refused, whenever it is tried again: %i',
    (status) => {
      expect(judge(status, { 'retry-after': '7' })).toEqual({
        verdict: 'refused',
        detail: expect.stringMatching(new RegExp(`^status ${status}: .*words$`)),
      });
    },
  );

  it.each([408, 425, 429, 500, 502, 503, 504, 507])('refused for now: %i', (status) => {
    expect(judge(status, { 'retry-after': '7' })).toEqual({
      verdict: 'refused',
      detail: `status ${status}: words`,
      retryAfterMs: 7000,
    });
  });

  it.each([
    [401, 'check the token'],
    [403, 'administrator'],
    [404, 'check the address'],
    [308, 'no redirect is followed'],
  ])('says what to do: %i', (status, words) => {
    expect(judge(status)).toHaveProperty('detail', expect.stringContaining(words));
  });
});

describe('Retry-After', () => {
  const date = 'Sun, 06 Nov 1994 12:00:30 GMT';
  it.each([
    ['a date, by our clock', { 'retry-after': date }, 30_000],
    [
      'a date, by the clock of the peer',
      { 'retry-after': date, date: 'Sun, 06 Nov 1994 12:00:20 GMT' },
      10_000,
    ],
    ['a date that has passed', { 'retry-after': 'Sun, 06 Nov 1994 11:00:00 GMT' }, 0],
    ['a year', { 'retry-after': '31536000' }, 3_600_000],
    ['nothing', {}, undefined],
    ['what nobody can read', { 'retry-after': 'soon' }, undefined],
    ['a fraction', { 'retry-after': '1.5' }, undefined],
  ])('%s', (_, headers, expected) => {
    const verdict = judge(503, headers);
    expect('retryAfterMs' in verdict ? verdict.retryAfterMs : undefined).toBe(expected);
  });
});

it('keeps a peer’s words on one line and short', () => {
  expect(plainText(' a\r\n\u001b[31mb\u202e  c ')).toBe('a [31mb c');
  expect(plainText('x'.repeat(500))).toHaveLength(200);
});
