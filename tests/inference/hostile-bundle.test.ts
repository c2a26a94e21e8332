import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { validateCommand } from '../../cli/model-validate.ts';
import { systemClock } from '../../device/clock.ts';
import { disk, type Files } from '../../device/files.ts';
import { loadBundle } from '../../models/bundle.ts';
import { tryBundle } from '../../runtime/inference/trial.ts';
import { processesOf } from '../process-tree.ts';
import { type Change, file } from './bundle-change.ts';
import { shippedFolder } from './bundle-copy.ts';
import { hostileBundles } from './hostile-bundles.ts';

let copies: string;

beforeAll(() => {
  copies = fs.mkdtempSync(join(tmpdir(), 'scanside-hostile-'));
});

afterAll(() => {
  fs.rmSync(copies, { recursive: true });
});

let made = 0;

function copy(change: Change = () => undefined): string {
  const folder = join(copies, String(made++));
  fs.cpSync(shippedFolder, folder, { recursive: true });
  change(folder);
  return folder;
}

/** `scanside model validate`: how it ends and what it says. The trial itself is in a process of its own. */
async function validate(folder: string): Promise<{ code: number; said: string }> {
  let said = '';
  const write = (text: string) => void (said += text);
  const code = await validateCommand.run(['--bundle', folder], { out: write, error: write });
  return { code, said };
}

/** The paths that the loader opens outside of the bundle. */
function readOutside(folder: string): string[] {
  const outside: string[] = [];
  const watching: Files = {
    ...disk,
    openToRead(path) {
      if (!fs.realpathSync(path).startsWith(fs.realpathSync(folder))) outside.push(path);
      return disk.openToRead(path);
    },
    readBytes(path) {
      outside.push(path);
      return disk.readBytes(path);
    },
    readText(path) {
      outside.push(path);
      return disk.readText(path);
    },
  };
  try {
    loadBundle(folder, watching);
  } catch {
    // Refused or not: what counts is what was opened.
  }
  return outside;
}

describe.concurrent('a bundle with', () => {
  it.each(hostileBundles)('$name is refused by the rule $rule', async ({ change, rule }) => {
    const folder = copy(change);
    const { code, said } = await validate(folder);
    expect(said).toContain(`rule ${rule}:`);
    expect(code).toBe(1);
    expect(readOutside(folder)).toEqual([]);
    fs.rmSync(folder, { recursive: true });
  });

  it('nothing wrong in it is accepted', async () => {
    const folder = copy();
    expect(await validate(folder)).toEqual({ code: 0, said: expect.stringContaining(folder) });
  });
});

/** The trial processes that run as children of this one. */
function trials(): number[] {
  const group = Number(
    fs.readFileSync('/proc/self/stat', 'utf8').replace(/.*\) /s, '').split(' ')[2],
  );
  return processesOf(group).flatMap(({ pid, commandLine }) =>
    commandLine.includes('trial-process') ? [pid] : [],
  );
}

describe('a trial', () => {
  it('whose process dies is a refusal', async () => {
    const trial = tryBundle(copy(), systemClock);
    for (const pid of trials()) process.kill(pid, 'SIGKILL');
    expect(await trial).toEqual({
      accepted: false,
      why: 'rule trial-survival: the process ended (SIGKILL)',
    });
  });

  it('that runs out of memory is a refusal', async () => {
    const wide = file('golden.json', () => Buffer.from(`[${'{},'.repeat(1_000_000)}{}]`));
    const trial = tryBundle(copy(wide), systemClock, { memoryMegabytes: 32 });
    expect(await trial).toMatchObject({ why: expect.stringContaining('rule trial-survival') });
  });

  it('that takes too long is a refusal, and its process is gone', async () => {
    const trial = tryBundle(copy(), systemClock, { limitMs: 1 });
    expect(await trial).toEqual({
      accepted: false,
      why: 'rule trial-time: it did not end within 0.001 s',
    });
    await expect.poll(trials).toEqual([]);
  });

  it('is followed by others as if nothing had happened', async () => {
    expect(await tryBundle(copy(), systemClock)).toEqual({ accepted: true });
  });
});
