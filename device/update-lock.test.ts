import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { disk, type Files } from './files.ts';
import { openUpdateLock } from './update-lock.ts';

describe('the update lock', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'scanside-test-'));
    path = join(folder, 'updates.lock');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const open = (files: Files = disk, kernelsLock = true) =>
    openUpdateLock(files, path, () => kernelsLock);
  const note = () => JSON.parse(readFileSync(`${path}.owner`, 'utf8'));

  it('is there while somebody holds it, with who and why beside it', () => {
    const lock = open();
    const letGo = lock.hold('exam of CT-1');
    expect(existsSync(path)).toBe(true);
    expect(note()).toEqual({ pid: process.pid, reasons: ['exam of CT-1'] });
    letGo();
    expect([existsSync(path), existsSync(`${path}.owner`)]).toEqual([false, false]);
    expect(lock.error()).toBeUndefined();
  });

  it('stays until the last of several holders lets go, each of whom counts once', () => {
    const lock = open();
    const first = lock.hold('exam');
    const second = lock.hold('exam');
    first();
    first();
    expect(lock.reasons()).toEqual(['exam']);
    expect(existsSync(path)).toBe(true);
    second();
    expect(lock.reasons()).toEqual([]);
    expect(existsSync(path)).toBe(false);
    lock.hold('another')();
    expect(existsSync(path)).toBe(false);
  });

  it('keeps the reasons beside it up to date', () => {
    const lock = open();
    const first = lock.hold('first');
    lock.hold('second');
    expect(note().reasons).toEqual(['first', 'second']);
    first();
    expect(note().reasons).toEqual(['second']);
  });

  it('is cleared at the start where an earlier run has left it', () => {
    writeFileSync(path, '');
    writeFileSync(`${path}.owner`, '{"pid":1,"reasons":["exam"]}');
    const lock = open();
    expect(existsSync(path)).toBe(false);
    const letGo = lock.hold('exam');
    expect(lock.error()).toBeUndefined();
    letGo();
  });

  it('is cleared where the earlier run was cut off before it had the lock', () => {
    writeFileSync(`${path}.owner`, 'torn');
    open();
    expect(existsSync(`${path}.owner`)).toBe(false);
  });

  it('is left to an owner that lives', () => {
    writeFileSync(path, '');
    writeFileSync(`${path}.owner`, '{}');
    open(disk, false);
    expect(existsSync(path)).toBe(true);
  });

  it('is left to the supervisor, and work goes on without it', () => {
    writeFileSync(path, '');
    const lock = open();
    const letGo = lock.hold('exam');
    expect(lock.error()).toMatchObject({ code: 'UPDATE_LOCK_UNAVAILABLE' });
    expect(lock.reasons()).toEqual(['exam']);
    expect(existsSync(`${path}.owner`)).toBe(false);
    letGo();
    expect(existsSync(path)).toBe(true);
    expect(lock.error()).toBeUndefined();
  });

  it('is taken by a later holder once it is free', () => {
    writeFileSync(path, '');
    const lock = open();
    lock.hold('first');
    rmSync(path);
    lock.hold('second');
    expect(lock.error()).toBeUndefined();
    expect(note().reasons).toEqual(['first', 'second']);
  });

  it('says so where the supervisor is faster by a moment', () => {
    const files: Files = { ...disk, exists: (name) => name !== path && disk.exists(name) };
    writeFileSync(path, '');
    const lock = open(files);
    lock.hold('exam');
    expect(lock.error()?.message).toContain('supervisor');
    expect(existsSync(`${path}.owner`)).toBe(false);
  });

  it('says so where the folder cannot be written to', () => {
    const refused = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    const files: Files = {
      ...disk,
      replace: () => {
        throw refused;
      },
    };
    const lock = open(files);
    const letGo = lock.hold('exam');
    expect(lock.error()).toMatchObject({
      code: 'UPDATE_LOCK_UNAVAILABLE',
      message: expect.stringContaining('EACCES'),
    });
    letGo();
    expect(lock.error()).toBeUndefined();
  });

  it('keeps the supervisor away even where the kernel’s lock cannot be asked for', () => {
    const lock = openUpdateLock(disk, path, () => {
      throw new Error('spawn flock ENOENT');
    });
    const letGo = lock.hold('exam');
    expect(existsSync(path)).toBe(true);
    lock.hold('another')();
    expect(lock.error()?.message).toContain('flock');
    letGo();
    expect(existsSync(path)).toBe(false);
  });

  it('counts holders without balena, and touches no file', () => {
    mkdirSync(join(folder, 'empty'));
    const lock = openUpdateLock(disk, undefined);
    const letGo = lock.hold('exam');
    expect(lock.reasons()).toEqual(['exam']);
    letGo();
    expect([lock.reasons(), lock.error()]).toEqual([[], undefined]);
  });
});
