import { expect, it } from 'vitest';
import { cookieName, readCookie, sessionCookie } from './cookie.ts';

it('is bound to this host over HTTPS', () => {
  expect(sessionCookie('abc', true)).toBe(
    '__Host-scanside=abc; Path=/; HttpOnly; SameSite=Strict; Secure',
  );
  expect(sessionCookie('abc', false)).toBe('scanside=abc; Path=/; HttpOnly; SameSite=Strict');
  expect(sessionCookie('', true)).toContain('Max-Age=0');
});

it('reads one value, and none where two are sent', () => {
  const name = cookieName(true);
  expect(readCookie('a=b; __Host-scanside=abc; c=d', name)).toBe('abc');
  expect(readCookie('__Host-scanside=abc; __Host-scanside=def', name)).toBeUndefined();
  expect(readCookie('x__Host-scanside=abc', name)).toBeUndefined();
  expect(readCookie(undefined, name)).toBeUndefined();
});
