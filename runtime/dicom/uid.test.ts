import { expect, it } from 'vitest';

import { isStorageSopClass, storageSopClasses } from './sop-class.ts';
import { findTransferSyntax, isStorable } from './transfer-syntax.ts';
import { deriveUid, implementationClassUid, implementationVersionName, isUid } from './uid.ts';

it.each([
  ['1.2.840.10008.1.1', true],
  ['1', true],
  ['1.02', true],
  ['', false],
  ['1.', false],
  ['.1', false],
  ['1..2', false],
  ['1.2a', false],
  ['../../etc', false],
  ['1.2\n', false],
  ['1'.repeat(64), true],
  ['1'.repeat(65), false],
])('%j is a UID: %s', (text, expected) => {
  expect(isUid(text)).toBe(expected);
});

it('derives the same UID from the same parts, on every machine', () => {
  expect(deriveUid('a', 'b')).toBe(deriveUid('a', 'b'));
  expect(implementationClassUid).toBe('2.25.71799358738234695608230282086388719884');
  expect(implementationVersionName.length).toBeLessThanOrEqual(16);
});

it('does not take one split of the parts for another', () => {
  expect(new Set([deriveUid('ab', 'c'), deriveUid('a', 'bc'), deriveUid('abc')]).size).toBe(3);
});

it('derives UUIDs of version 8 and variant 10', () => {
  for (let part = 0; part < 500; part += 1) {
    const uid = deriveUid(String(part));
    expect(isUid(uid)).toBe(true);
    const uuid = BigInt(uid.slice('2.25.'.length)).toString(16).padStart(32, '0');
    expect(uuid).toMatch(/^.{12}8.{3}[89ab].{15}$/);
  }
});

it('knows only storage classes by well-formed and distinct names', () => {
  expect(Object.keys(storageSopClasses).every((uid) => isUid(uid) && isStorageSopClass(uid))).toBe(
    true,
  );
  const names = Object.values(storageSopClasses);
  expect(new Set(names).size).toBe(names.length);
});

it.each([
  ['1.2.840.10008.1.2', false, false, false, false],
  ['1.2.840.10008.1.2.1', true, false, false, false],
  ['1.2.840.10008.1.2.1.99', true, false, true, false],
  ['1.2.840.10008.1.2.2', true, true, false, false],
  ['1.2.840.10008.1.2.4.203', true, false, false, true],
])('knows how %s is encoded', (uid, explicit, bigEndian, deflated, encapsulated) => {
  expect(findTransferSyntax(uid)).toMatchObject({ explicit, bigEndian, deflated, encapsulated });
  expect(isStorable(uid)).toBe(true);
});
