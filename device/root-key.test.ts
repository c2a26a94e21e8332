import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { disk } from './files.ts';
import { keyLength, keysOf } from './keys.ts';
import { beginRootKeyChange, destroyRootKey, finishRootKeyChange, openKeys } from './root-key.ts';
import { rewrapFile } from './wrapped-key.ts';

let folder: string;
const secret = Buffer.alloc(keyLength, 7);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'scanside-root-key-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('another root key opens nothing of the one before, and identifies as that did', () => {
  const before = openKeys(disk, folder);
  const wrapped = before.wrap('test', secret);
  const [name, derived] = [before.identify('test', 'a'), before.derive('test', 'a')];
  for (let time = 0; time < 2; time++) {
    const { old, next } = beginRootKeyChange(disk, folder);
    if (time === 0) expect(old.unwrap('test', wrapped)).toEqual(secret);
    expect(() => next.unwrap('test', wrapped)).toThrow('KEY_UNUSABLE');
    finishRootKeyChange(disk, folder);
    const now = openKeys(disk, folder);
    expect(now.identify('test', 'a')).toBe(name);
    expect(now.derive('test', 'a')).not.toBe(derived);
    expect(next.derive('test', 'a')).toBe(now.derive('test', 'a'));
  }
  expect(readdirSync(folder)).toEqual(['device.key', 'identity.key']);
});

test('a change that was begun is taken up with the same two keys, and nothing starts meanwhile', () => {
  openKeys(disk, folder);
  const first = beginRootKeyChange(disk, folder);
  expect(() => openKeys(disk, folder)).toThrow('ROOT_KEY_CHANGING');
  const again = beginRootKeyChange(disk, folder);
  const [by, wrapped] = [first.old.wrap('test', secret), first.next.wrap('test', secret)];
  expect([again.old.unwrap('test', by), again.next.unwrap('test', wrapped)]).toEqual([
    secret,
    secret,
  ]);
});

test('a next key that never came to hold is forgotten', () => {
  const before = openKeys(disk, folder);
  const wrapped = before.wrap('test', secret);
  writeFileSync(join(folder, 'device.key.next'), Buffer.alloc(keyLength, 1));
  writeFileSync(join(folder, 'device.tpm.next'), 'half');
  expect(openKeys(disk, folder).unwrap('test', wrapped)).toEqual(secret);
  const { old, next } = beginRootKeyChange(disk, folder);
  expect(old.unwrap('test', wrapped)).toEqual(secret);
  expect(() =>
    keysOf(Buffer.alloc(keyLength, 1)).unwrap('test', next.wrap('test', secret)),
  ).toThrow('KEY_UNUSABLE');
});

test('who erases a device in the middle of a change leaves neither key', () => {
  openKeys(disk, folder);
  beginRootKeyChange(disk, folder);
  destroyRootKey(disk, folder);
  expect(readdirSync(folder)).toEqual([]);
});

test('a key is wrapped anew once, and what stands behind it is left alone', () => {
  const path = join(folder, 'file');
  const [old, next] = [keysOf(Buffer.alloc(keyLength, 1)), keysOf(Buffer.alloc(keyLength, 2))];
  writeFileSync(path, Buffer.concat([old.wrap('test', secret), Buffer.from('behind')]));
  expect(rewrapFile(disk, { path, purpose: 'test' }, old, next)).toBe(true);
  const bytes = readFileSync(path);
  expect(next.unwrap('test', bytes.subarray(0, -6))).toEqual(secret);
  expect(bytes.subarray(-6).toString()).toBe('behind');
  expect(rewrapFile(disk, { path, purpose: 'test' }, old, next)).toBe(true);
  expect(readFileSync(path)).toEqual(bytes);
});

test('a key that was destroyed stays as it is', () => {
  const path = join(folder, 'file');
  writeFileSync(path, Buffer.alloc(60));
  const [old, next] = [keysOf(Buffer.alloc(keyLength, 1)), keysOf(Buffer.alloc(keyLength, 2))];
  expect(rewrapFile(disk, { path, purpose: 'test' }, old, next)).toBe(false);
  expect(readFileSync(path)).toEqual(Buffer.alloc(60));
});
