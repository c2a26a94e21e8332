import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect, it, onTestFinished } from 'vitest';
import { disk } from '../device/files.ts';
import { temporaryFolder } from './peers/process.ts';
import { openFolderDevice } from './update-folder-device.ts';
import { publishedRepository } from './update-repository.ts';

const victim = join(import.meta.dirname, 'update-victim.ts');

/** Refreshes in a process of its own that is killed with -9 at an operation. */
function refreshUntil(folder: string, killAt: number) {
  const { signal, stdout, stderr } = spawnSync(process.execPath, [victim, folder, String(killAt)]);
  expect(String(stderr)).toBe('');
  return { killed: signal === 'SIGKILL', count: Number(stdout) };
}

function versionsIn(folder: string): Record<string, number> {
  const { trust, close } = openFolderDevice(folder, disk);
  const versions = [...trust.believed].map(([role, bytes]) => [
    role,
    JSON.parse(String(bytes)).signed.version,
  ]);
  close();
  return Object.fromEntries(versions);
}

const before = { root: 1, timestamp: 1, snapshot: 1, targets: 1, 'models.chest': 1 };
const after = { root: 1, timestamp: 2, snapshot: 2, targets: 2, 'models.chest': 2 };

it('a refresh that is killed with -9 anywhere leaves the old set or the new one, and the next ends well', async () => {
  const { path, remove } = temporaryFolder();
  onTestFinished(() => remove());
  const [pristine, folder] = [join(path, 'pristine'), join(path, 'device')];
  const server = join(pristine, 'server');
  mkdirSync(server, { recursive: true });
  const repository = publishedRepository();
  const serve = () =>
    repository.files.forEach((bytes, name) => writeFileSync(join(server, name), bytes));
  serve();
  refreshUntil(pristine, 0);
  writeFileSync(join(pristine, 'provisioned'), '');
  repository.publish();
  serve();
  cpSync(pristine, folder, { recursive: true });
  const { count } = refreshUntil(folder, 0);
  expect(count).toBeGreaterThan(30);
  for (let killAt = 1; killAt <= count; killAt++) {
    rmSync(folder, { recursive: true });
    cpSync(pristine, folder, { recursive: true });
    expect(refreshUntil(folder, killAt).killed).toBe(true);
    const found = versionsIn(folder);
    expect([before, { ...after, 'models.chest': 1 }, after], `killed at ${killAt}`).toContainEqual(
      found,
    );
    const { refresh, close } = openFolderDevice(folder, disk);
    await refresh();
    close();
    expect(versionsIn(folder)).toEqual(after);
  }
}, 300_000);
