import { expect, it } from 'vitest';
import { parseHttpDate } from './http-date.ts';

it('reads the one form that is sent today', () => {
  expect(parseHttpDate('Sun, 06 Nov 1994 08:49:37 GMT')).toBe(784_111_777_000);
});

it.each([
  '',
  '120',
  '1994-11-06',
  'Sun, 06 Nov 1994 08:49:37 CET',
  'Sun, 99 Nov 1994 08:49:37 GMT',
])('takes nothing else for a date: %s', (text) => {
  expect(parseHttpDate(text)).toBeUndefined();
});
