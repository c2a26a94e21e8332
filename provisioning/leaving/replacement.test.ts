import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { openReplacement, type Replacement, sealReplacement } from './replacement.ts';

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const [old, next, other] = [pair(), pair(), pair()];

const content: Replacement = {
  schema: 1,
  serial: 'SC-0042',
  at: '2026-11-25T12:00:00.000Z',
  configuration: { receiver: { callers: [{ aeTitle: 'CT1' }] } },
  accounts: [{ name: 'ada', displayName: 'Ada', role: 'technologist' }],
};
const text = sealReplacement(content, next.publicKey, old.privateKey);

test('the successor reads what the old device hands over, and nobody reads it on the way', () => {
  expect(openReplacement(text, next.privateKey, old.publicKey)).toEqual(content);
  expect(text).not.toContain('CT1');
  expect(sealReplacement(content, next.publicKey, old.privateKey)).not.toBe(text);
});

test('another device cannot open it, and says so', () => {
  expect(() => openReplacement(text, other.privateKey, old.publicKey)).toThrow(
    /REPLACEMENT_UNUSABLE.*another device/,
  );
});

test('what another device has signed is refused', () => {
  const forged = sealReplacement(content, next.publicKey, other.privateKey);
  expect(() => openReplacement(forged, next.privateKey, old.publicKey)).toThrow(
    /REPLACEMENT_UNUSABLE.*not signed/,
  );
});

const fields = Object.keys(JSON.parse(text) as object);

test.each(fields)('another %s is refused', (field) => {
  const envelope = JSON.parse(text) as Record<string, unknown>;
  const foreign = JSON.parse(
    sealReplacement({ ...content, serial: 'X' }, other.publicKey, other.privateKey),
  ) as Record<string, unknown>;
  const forged = { ...envelope, [field]: field === 'schema' ? 2 : foreign[field] };
  expect(() => openReplacement(JSON.stringify(forged), next.privateKey, old.publicKey)).toThrow(
    'REPLACEMENT_UNUSABLE',
  );
});

test.each(['', '{}', 'null', '[1]'])('the text %s is none', (none) => {
  expect(() => openReplacement(none, next.privateKey, old.publicKey)).toThrow(
    'REPLACEMENT_UNUSABLE',
  );
});
