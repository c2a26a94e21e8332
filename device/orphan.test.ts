import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from './clock.ts';
import { disk } from './files.ts';
import { endOrphan, noteOwner } from './orphan.ts';

let folder: string;
let owner: string;
const started: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'scanside-'));
  owner = join(folder, 'owner.pid');
});

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** A process that lives until it is killed, with `name` in its command line. */
async function startProcess(name: string): Promise<{ pid: number; ended: Promise<unknown> }> {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, `console.log('runs'); setInterval(() => {}, 1000);`);
  const child = spawn(process.execPath, [path], { stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const ended = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
  return { pid: child.pid!, ended };
}

const end = () => endOrphan(disk, systemClock, owner, 'some-writer');

function lives(pid: number): boolean {
  return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
}

test('ends the owner that was left behind, and waits until it is gone', async () => {
  const { pid, ended } = await startProcess('some-writer');
  noteOwner(disk, owner, pid);
  await end();
  expect(await ended).toBe('SIGKILL');
});

test('leaves a process alone that has got the number of an owner long gone', async () => {
  const { pid } = await startProcess('another-program');
  noteOwner(disk, owner, pid);
  await end();
  expect(lives(pid)).toBe(true);
});

test('has nothing to do where the owner has ended', async () => {
  const { pid, ended } = await startProcess('some-writer');
  noteOwner(disk, owner, pid);
  process.kill(pid, 'SIGKILL');
  await ended;
  await expect(end()).resolves.toBeUndefined();
});

test.each(['', '0', '-1', 'no number', '1 2', '../self'])(
  'takes the note %j for no process at all',
  async (note) => {
    writeFileSync(owner, note);
    await expect(end()).resolves.toBeUndefined();
  },
);

test('has nothing to do where nobody was ever noted', async () => {
  await expect(end()).resolves.toBeUndefined();
});
