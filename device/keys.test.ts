import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { disk } from './files.ts';
import { keyLength, keysOf, openKeyFile, type Keys } from './keys.ts';

const makeFolder = () => join(mkdtempSync(join(tmpdir(), 'scanside-')), 'keys');

/** What every holder of a root key must do. `make` gives another device's keys each time. */
function describeKeys(title: string, make: () => Keys): void {
  describe(title, () => {
    it('gives back what it wrapped, and wraps it differently each time', () => {
      const keys = make();
      const key = randomBytes(keyLength);
      const [one, other] = [keys.wrap('test', key), keys.wrap('test', key)];
      expect(one.equals(other)).toBe(false);
      expect([keys.unwrap('test', one), keys.unwrap('test', other)]).toEqual([key, key]);
      expect(one.includes(key)).toBe(false);
    });

    it('opens nothing for another purpose or on another device', () => {
      const keys = make();
      const wrapped = keys.wrap('test', randomBytes(keyLength));
      expect(() => keys.unwrap('other', wrapped)).toThrow('KEY_UNUSABLE');
      expect(() => make().unwrap('test', wrapped)).toThrow('KEY_UNUSABLE');
    });

    it('notices every changed byte and every length', () => {
      const keys = make();
      const wrapped = keys.wrap('test', randomBytes(keyLength));
      for (let at = 0; at < wrapped.length; at++) {
        const changed = Buffer.from(wrapped);
        changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
        expect(() => keys.unwrap('test', changed), `byte ${at}`).toThrow('KEY_UNUSABLE');
        expect(() => keys.unwrap('test', wrapped.subarray(0, at)), `${at}`).toThrow('KEY_UNUSABLE');
      }
    });

    it('stands for a text in the same way each time, for a purpose and a device', () => {
      const keys = make();
      const name = keys.identify('test', '1.2.3');
      expect(name).toMatch(/^[0-9a-f]{64}$/);
      expect(keys.identify('test', '1.2.3')).toBe(name);
      expect(
        new Set([
          name,
          keys.identify('test', '1.2.4'),
          keys.identify('other', '1.2.3'),
          make().identify('test', '1.2.3'),
        ]).size,
      ).toBe(4);
    });
  });
}

describeKeys('a root key in memory', () => keysOf(randomBytes(keyLength)));
describeKeys('a root key in a file', () => openKeyFile(disk, makeFolder()));

describe('the key file', () => {
  it('is made once, for its owner alone, and is the same key afterwards', () => {
    const folder = makeFolder();
    const wrapped = openKeyFile(disk, folder).wrap('test', Buffer.alloc(keyLength, 7));
    const path = join(folder, 'device.key');
    const [bytes, { mode }] = [readFileSync(path), statSync(path)];
    expect(mode & 0o777).toBe(0o600);
    expect(openKeyFile(disk, folder).unwrap('test', wrapped)).toEqual(Buffer.alloc(keyLength, 7));
    expect(readFileSync(path)).toEqual(bytes);
    expect(readdirSync(folder)).toEqual(['device.key']);
  });

  it.each([0o640, 0o604, 0o620, 0o666])('is refused with mode %o', (mode) => {
    const folder = makeFolder();
    openKeyFile(disk, folder);
    chmodSync(join(folder, 'device.key'), mode);
    expect(() => openKeyFile(disk, folder)).toThrow('KEY_EXPOSED');
  });

  it('is refused when it is cut off', () => {
    const folder = makeFolder();
    openKeyFile(disk, folder);
    writeFileSync(join(folder, 'device.key'), 'short');
    expect(() => openKeyFile(disk, folder)).toThrow('KEY_UNUSABLE');
  });

  it('is not made anew where something is sealed with the one that is gone', () => {
    const folder = makeFolder();
    expect(() => openKeyFile(disk, folder, true)).toThrow('ROOT_KEY_MISSING');
    expect(disk.exists(folder)).toBe(false);
    const keys = openKeyFile(disk, folder);
    const again = openKeyFile(disk, folder, true);
    expect(again.identify('test', 'a')).toBe(keys.identify('test', 'a'));
  });

  it('that another process has just made is taken, not replaced', () => {
    const folder = makeFolder();
    openKeyFile(disk, folder);
    const path = join(folder, 'device.key');
    const bytes = readFileSync(path);
    openKeyFile({ ...disk, exists: (name) => name !== path && disk.exists(name) }, folder);
    expect(readFileSync(path)).toEqual(bytes);
  });
});
