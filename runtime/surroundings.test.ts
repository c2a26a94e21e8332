import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { disk } from '../device/files.ts';
import { openUpdateLock } from '../device/update-lock.ts';
import { parseConfiguration } from './config.ts';
import { Surroundings } from './surroundings.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'scanside-surroundings-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

const wanted = parseConfiguration({}).inference;

it('leaves the site its wishes where the image brings no GPU libraries', () => {
  const surroundings = new Surroundings(disk, folder);
  expect(surroundings.settle(wanted)).toMatchObject({ accelerator: 'auto', library: undefined });
  expect(surroundings.warnings()).toEqual([]);
});

it('uses no accelerator, and says why and what to do, where the image is for another machine', () => {
  const platform = { jetpack: '6.2', l4t: '36.4.3', driver: 'host' };
  writeFileSync(join(folder, 'platform.json'), JSON.stringify(platform));
  const surroundings = new Surroundings(disk, folder);
  expect(surroundings.settle(wanted).accelerator).toBe('none');
  expect(surroundings.mismatch?.message).toMatch(/JetPack 6\.2 \(L4T 36\.4\.3\).*no Jetson/);
  expect(surroundings.warnings()).toMatchObject([{ id: 'platform-mismatch' }]);
});

it('keeps updates away from the first connection until the last exam is done', () => {
  const lock = openUpdateLock(disk, undefined);
  const surroundings = new Surroundings(disk, folder, lock);
  const states = [
    { connected: true, unfinished: false },
    { connected: false, unfinished: true },
    { connected: true, unfinished: true },
    { connected: false, unfinished: false },
  ];
  const held = states.map(({ connected, unfinished }) => {
    surroundings.guard({ connected, unfinished: () => unfinished });
    return lock.reasons().length;
  });
  expect(held).toEqual([1, 1, 1, 0]);
});
