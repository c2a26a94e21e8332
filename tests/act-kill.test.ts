import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { parseConfiguration } from '../runtime/config.ts';
import { recover } from '../runtime/spool/recovery.ts';
import { openStorage } from '../runtime/storage.ts';
import { forgetState } from './appliance.ts';
import { Random } from './random-pdu.ts';

const victim = join(import.meta.dirname, 'act-victim.ts');
let dataFolder: string;
const acknowledged: string[] = [];

/** Runs somebody who acts, kills it after so many acts were acknowledged. */
async function actUntilKilled(life: number, after: number): Promise<void> {
  const args = [victim, dataFolder, `life ${life}`];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let count = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(line);
    if (++count === after) child.kill('SIGKILL');
  }
  await exited;
}

/** What a start finds. */
async function notesFound(): Promise<string[]> {
  const storage = openStorage(parseConfiguration({ dataFolder }), disk, systemClock);
  const damage: unknown[] = [];
  await recover(join(storage.spool, 'outgoing'), {
    files: disk,
    keys: storage.keys,
    scannedTo: (path) => storage.instances.scannedTo(path),
    index: (record) => void storage.acts.index(record),
    damaged: (found) => damage.push(found),
  });
  const notes = storage.acts.all().map(({ note }) => note);
  storage.database.close();
  expect(damage).toEqual([]);
  return notes;
}

beforeAll(async () => {
  dataFolder = mkdtempSync(join(tmpdir(), 'scanside-act-kill-'));
  const random = new Random(11);
  for (let life = 0; life < 5; life++) await actUntilKilled(life, 1 + random.below(60));
}, 60_000);

afterAll(() => rmSync(dataFolder, { recursive: true, force: true }));

test.each(['kept', 'lost'])(
  'whoever is killed with -9 while acting has lost no act that was acknowledged (index %s)',
  async (index) => {
    if (index === 'lost') forgetState(dataFolder);
    const notes = await notesFound();
    expect(acknowledged.length).toBeGreaterThan(5);
    expect(acknowledged.filter((note) => !notes.includes(note))).toEqual([]);
    expect(new Set(notes).size).toBe(notes.length);
    expect(
      notes.filter((note) => acknowledged.includes(note)),
      'in their order',
    ).toEqual(acknowledged);
  },
);
