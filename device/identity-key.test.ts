import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPublicKey } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { disk } from './files.ts';
import { identityKeysIn, openDeviceKey, pairingCodeOf, thumbprintOf } from './identity-key.ts';
import { keysOf } from './keys.ts';

const keys = keysOf(Buffer.alloc(32, 1));

test('the key is made once, lies sealed, and both of its halves have one thumbprint', () => {
  const folder = mkdtempSync(join(tmpdir(), 'scanside-identity-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  expect(identityKeysIn(disk, folder)).toEqual([]);
  const made = openDeviceKey(disk, folder, keys);
  expect(openDeviceKey(disk, folder, keys).equals(made)).toBe(true);
  expect(thumbprintOf(createPublicKey(made))).toBe(thumbprintOf(made));
  const [file] = identityKeysIn(disk, folder);
  expect(readFileSync(file!.path).includes('PRIVATE')).toBe(false);
  expect(() => openDeviceKey(disk, folder, keysOf(Buffer.alloc(32, 2)))).toThrow('KEY_UNUSABLE');
});

test('a pairing code is eight digits of the thumbprint', () => {
  expect(pairingCodeOf('00'.repeat(31) + '07')).toBe('0000 0007');
  expect(pairingCodeOf('ff'.repeat(32))).toBe('2963 9935');
});
