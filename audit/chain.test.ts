import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { Ratchet } from './chain.ts';

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

test('every record has a key of its own, made from the one before, which is gone', () => {
  const first = Buffer.alloc(32, 9);
  const second = hmac(first, 'next');
  const third = hmac(hmac(second, 'next'), 'segment 7');
  const expected = [hmac(first, 'a'), hmac(second, 'b'), hmac(third, 'c')];
  const ratchet = new Ratchet(first);
  const a = ratchet.mac(Buffer.from('a'));
  expect(first).toEqual(Buffer.alloc(32));
  const b = ratchet.mac(Buffer.from('b'));
  ratchet.enterSegment(7);
  expect([a, b, ratchet.mac(Buffer.from('c'))]).toEqual(expected);
});

test('a fork goes on alone', () => {
  const ratchet = new Ratchet(Buffer.alloc(32, 9));
  const fork = ratchet.fork();
  fork.mac(Buffer.from('a'));
  fork.destroy();
  expect(ratchet.copyKey()).toEqual(Buffer.alloc(32, 9));
});
