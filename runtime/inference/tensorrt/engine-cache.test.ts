import { createHash, randomBytes } from 'node:crypto';
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { disk } from '../../../device/files.ts';
import { keyLength, keysOf, type Keys } from '../../../device/keys.ts';
import { type EngineCacheLimits, openEngineCache, readEngine } from './engine-cache.ts';

const [one, other] = ['1'.repeat(64), '2'.repeat(64)];
const artefact = randomBytes(5000);
const makeKeys = () => keysOf(randomBytes(keyLength));

function makeCache(keys: Keys = makeKeys(), limits?: EngineCacheLimits) {
  const folder = join(mkdtempSync(join(tmpdir(), 'scanside-')), 'engines');
  return {
    folder,
    cache: openEngineCache(folder, keys, disk, limits),
    pathOf: (key: string) => join(folder, `${key}.engine`),
  };
}

describe('a compiled graph', () => {
  it('comes back as it was stored, and only under its key', () => {
    const { cache } = makeCache();
    expect(cache.find(one)).toBeUndefined();
    const stored = cache.store(one, artefact);
    expect(cache.find(one)).toEqual(stored);
    expect(cache.find(other)).toBeUndefined();
    expect(readEngine(stored, disk).equals(artefact)).toBe(true);
  });

  it('is found again by the same device after a restart', () => {
    const keys = makeKeys();
    const { cache, folder } = makeCache(keys);
    const stored = cache.store(one, artefact);
    expect(openEngineCache(folder, keys, disk).find(one)).toEqual(stored);
  });

  it('is for its owner’s eyes and writing only', () => {
    const { cache } = makeCache();
    expect(disk.isPrivate(cache.store(one, artefact).path)).toBe(true);
  });
});

const flip = (bytes: Buffer, at: number) => {
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return bytes;
};

/** A header that somebody without the device's key has edited to fit. */
function edit(bytes: Buffer, claims: Record<string, unknown>): Buffer {
  const header = { ...JSON.parse(bytes.subarray(0, 512).toString()), ...claims };
  return Buffer.concat([Buffer.from(JSON.stringify(header).padEnd(512)), bytes.subarray(512)]);
}

describe('what is refused by name, and removed', () => {
  it.each<[string, string, (bytes: Buffer) => Uint8Array]>([
    ['a byte of the engine is changed', 'not as it was written', (bytes) => flip(bytes, 3000)],
    ['the last byte is changed', 'not as it was written', (bytes) => flip(bytes, 5511)],
    ['something is appended', 'not as it was written', (bytes) => Buffer.concat([bytes, bytes])],
    ['it is cut off', 'it is cut off', (bytes) => bytes.subarray(0, 4000)],
    ['only the header is left', 'it is cut off', (bytes) => bytes.subarray(0, 512)],
    ['the header is cut off', 'no header', (bytes) => bytes.subarray(0, 100)],
    ['it is empty', 'no header', () => Buffer.alloc(0)],
    ['it is something else', 'no header', () => randomBytes(5512)],
    [
      'it is poisoned and its hash made to fit',
      'authentication code',
      (bytes) => {
        const poisoned = flip(bytes, 3000);
        const sha256 = createHash('sha256').update(poisoned.subarray(512)).digest('hex');
        return edit(poisoned, { sha256 });
      },
    ],
    ['its code is changed', 'authentication code', (bytes) => edit(bytes, { code: other })],
  ])('when %s', (_, why, change) => {
    const { cache, pathOf } = makeCache();
    cache.store(one, artefact);
    writeFileSync(pathOf(one), change(readFileSync(pathOf(one))));
    expect(() => cache.find(one)).toThrow(
      new RegExp(`^ENGINE_CACHE_REFUSED: .*${one}.engine: .*${why}`),
    );
    expect(cache.find(one)).toBeUndefined();
    cache.store(one, artefact);
    expect(cache.find(one)).toBeDefined();
  });

  it('when it is another network’s under this name, also with the name in it changed', () => {
    const { cache, pathOf } = makeCache();
    cache.store(other, artefact);
    copyFileSync(pathOf(other), pathOf(one));
    expect(() => cache.find(one)).toThrow('from another graph or for another machine');
    writeFileSync(pathOf(one), edit(readFileSync(pathOf(other)), { key: one }));
    expect(() => cache.find(one)).toThrow('authentication code');
    expect(cache.find(other)).toBeDefined();
  });

  it('when another device made it, also with the name in it changed', () => {
    const [foreign, ours] = [makeCache(), makeCache()];
    foreign.cache.store(one, artefact);
    ours.cache.store(other, artefact);
    copyFileSync(foreign.pathOf(one), ours.pathOf(one));
    expect(() => ours.cache.find(one)).toThrow('another device made it');
    const { device } = JSON.parse(readFileSync(ours.pathOf(other)).subarray(0, 512).toString());
    writeFileSync(ours.pathOf(one), edit(readFileSync(foreign.pathOf(one)), { device }));
    expect(() => ours.cache.find(one)).toThrow('authentication code');
  });

  it('when it is a link to a genuine one, or a folder', () => {
    const { cache, pathOf, folder } = makeCache();
    cache.store(one, artefact);
    renameSync(pathOf(one), join(folder, 'elsewhere'));
    symlinkSync(join(folder, 'elsewhere'), pathOf(one));
    expect(() => cache.find(one)).toThrow('no plain file');
    disk.makeFolder(pathOf(one));
    expect(() => cache.find(one)).toThrow('no plain file');
    expect(cache.find(one)).toBeUndefined();
  });

  it('when the file was exchanged after it was proven', () => {
    const { cache, pathOf } = makeCache();
    const stored = cache.store(one, artefact);
    writeFileSync(pathOf(one), flip(readFileSync(pathOf(one)), 3000));
    expect(() => readEngine(stored, disk)).toThrow('ENGINE_CACHE_REFUSED');
    disk.remove(pathOf(one));
    expect(() => readEngine(stored, disk)).toThrow('ENGINE_CACHE_REFUSED');
  });
});

describe('the folder', () => {
  it('is swept of every key but those in use, and of what a crash left behind', () => {
    const { cache, folder } = makeCache();
    cache.store(one, artefact);
    cache.store(other, artefact);
    writeFileSync(join(folder, `${other}.engine.tmp`), 'half');
    cache.sweep(new Set([one]));
    expect(disk.list(folder)).toEqual([`${one}.engine`]);
  });

  it('keeps no artefact that is too large, nor more of them than there is room for', () => {
    const { cache, folder } = makeCache(makeKeys(), { largest: 5000, total: 11_000 });
    expect(() => cache.store(one, randomBytes(5001))).toThrow('ENGINE_BUILD_FAILED');
    cache.store(one, artefact);
    cache.store(one, artefact);
    cache.store(other, artefact);
    expect(() => cache.store('3'.repeat(64), artefact)).toThrow('ENGINE_BUILD_FAILED');
    expect(disk.list(folder)).toEqual([`${one}.engine`, `${other}.engine`]);
  });

  it('refuses what could not be kept as it was', () => {
    const folder = mkdtempSync(join(tmpdir(), 'scanside-'));
    const torn = {
      ...disk,
      replace: (path: string, content: string | Uint8Array) =>
        disk.replace(path, content.slice(0, 1000)),
    };
    const cache = openEngineCache(folder, makeKeys(), torn);
    expect(() => cache.store(one, artefact)).toThrow('ENGINE_CACHE_REFUSED');
    expect(disk.list(folder)).toEqual([]);
  });
});
