import { expect, it } from 'vitest';
import { findFault } from './secret-rules.ts';
import { makePin } from './secret.ts';

it.each([
  ['', 'password-short'],
  ['48213', 'pin-short'],
  ['123456', 'pin-sequence'],
  ['987654', 'pin-sequence'],
  ['890123', 'pin-sequence'],
  ['135791', 'pin-sequence'],
  ['000000', 'pin-sequence'],
  ['777776', 'pin-repeats'],
  ['483483', 'pin-repeats'],
  ['448833', 'pin-repeats'],
  ['195127', 'pin-date'],
  ['271984', 'pin-date'],
  ['19840317', 'pin-date'],
  ['170384', 'pin-date'],
  ['033184', 'pin-date'],
  ['840317', 'pin-date'],
  ['correct', 'password-short'],
  ['password1234', 'password-simple'],
  ['scanside-hospital', 'password-simple'],
  ['aaaaaaaaaaaab', 'password-simple'],
  ['anna.k is my name', 'holds-name'],
  ['x'.repeat(129), 'password-long'],
])('refuses %s', (secret, fault) => {
  expect(findFault(secret, 'anna.k')).toBe(fault);
});

it.each(['482135', '907342', '7401938265', 'three brown chairs', 'スキャナーの隣の静かな部屋で'])(
  'takes %s',
  (secret) => {
    expect(findFault(secret, 'anna.k')).toBeUndefined();
  },
);

it('judges a PIN by the digits that it means, in whatever script they are typed', () => {
  expect(findFault('１２３４５６', '')).toBe('pin-sequence');
});

it('makes PINs that its own rules take', () => {
  for (let count = 0; count < 200; count += 1) expect(findFault(makePin(), '')).toBeUndefined();
});
