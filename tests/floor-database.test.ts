import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { keysOf } from '../device/keys.ts';
import { FloorDatabase } from '../ota/trust/floor-database.ts';
import { temporaryFolder } from './peers/process.ts';
import { UpdateDevice } from './update-device.ts';
import { publishedRepository } from './update-repository.ts';

const keys = keysOf(Buffer.alloc(32, 1));
const floor = {
  roles: new Map([['models.chest', { version: 3, keys: 'a b/c' }]]),
  rootHash: 'ab',
  time: 1_798_761_600_000,
};
let path: string;

beforeEach(() => {
  const folder = temporaryFolder();
  onTestFinished(() => folder.remove());
  path = join(folder.path, 'update.db');
});

/** What a device reads after a restart. */
function reopened(root = keys) {
  const database = new FloorDatabase(path, root);
  onTestFinished(() => database.close());
  return database.read();
}

function write(): void {
  const database = new FloorDatabase(path, keys);
  database.write(floor);
  database.remember('assignments', '{}');
  database.close();
}

it('keeps the floor over a restart', () => {
  expect(reopened()).toBeUndefined();
  write();
  expect(reopened()).toEqual(floor);
});

it.each([
  ['with another device’s key', () => reopened(keysOf(Buffer.alloc(32, 2)))],
  [
    'where it was overwritten',
    () => {
      writeFileSync(path, Buffer.alloc(8192, 7));
      return reopened();
    },
  ],
])('does not open %s: UPDATE_FLOOR_MISSING', (_, open) => {
  write();
  expect(open).toThrow(/^UPDATE_FLOOR_MISSING/);
});

it('stops a device that was set up where its file is gone: UPDATE_FLOOR_MISSING', async () => {
  write();
  rmSync(path);
  const repository = publishedRepository();
  const device = new UpdateDevice(repository);
  device.provisioned = true;
  device.floors = { read: () => reopened(), write: () => undefined } as never;
  await expect(device.refresh()).rejects.toMatchObject({ code: 'UPDATE_FLOOR_MISSING' });
});
