import { fork } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePhantomInstance } from '../demo/phantom-study.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import { confine, type Confinement } from '../device/confinement.ts';
import { isTerminal, startTestAppliance } from './appliance.ts';
import { temporaryFolder } from './peers/process.ts';

/** Tries what a process that somebody has taken over would try, and tells what became of it. */
const intruder = `
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { Worker } from 'node:worker_threads';
const [folder] = process.argv.slice(2);
const deeds = {
  read: () => fs.readFileSync(folder + '/kept'),
  write: () => fs.writeFileSync(folder + '/made', ''),
  change: () => fs.appendFileSync(folder + '/kept', ''),
  remove: () => fs.rmSync(folder + '/kept'),
  link: () => fs.symlinkSync(folder, folder + '/link'),
  program: () => { const { error } = spawnSync('/bin/true'); if (error) throw error; },
  thread: () => new Worker('1', { eval: true }),
  native: () => process.dlopen({ exports: {} }, folder + '/kept'),
};
const said = {};
for (const [name, deed] of Object.entries(deeds)) {
  try { deed(); said[name] = 'done'; } catch (error) { said[name] = error.code; }
}
process.send(said, () => process.exit(0));
`;

/** Of a process that nothing is given. */
const refused = {
  read: 'done',
  write: 'ERR_ACCESS_DENIED',
  change: 'ERR_ACCESS_DENIED',
  remove: 'ERR_ACCESS_DENIED',
  link: 'ERR_ACCESS_DENIED',
  program: 'ERR_ACCESS_DENIED',
  thread: 'ERR_ACCESS_DENIED',
  native: 'ERR_DLOPEN_DISABLED',
};

describe('a confined process', () => {
  const folder = temporaryFolder();
  const script = join(folder.path, 'intruder.mjs');

  beforeAll(() => {
    writeFileSync(script, intruder);
    writeFileSync(join(folder.path, 'kept'), 'kept');
  });
  afterAll(() => folder.remove());

  const tryAll = (execArgv: string[]) =>
    new Promise<Record<string, string>>((resolve, reject) => {
      const child = fork(script, [folder.path], { execArgv, stdio: 'ignore' });
      child.once('message', (said) => resolve(said as Record<string, string>));
      child.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
    });

  it.each<[string, Confinement, Record<string, string>]>([
    ['reads, and nothing else', {}, {}],
    // The library of this test is none: it got as far as the loader.
    ['may load native code', { addons: true }, { native: 'ERR_DLOPEN_FAILED' }],
    ['may start programs', { children: true }, { program: 'done' }],
  ])('%s', async (_, confinement, allowed) => {
    expect(await tryAll(confine(confinement))).toEqual({ ...refused, ...allowed });
  });

  it('is what refuses: without its flags all is done', async () => {
    const said = await tryAll([]);
    expect(said).toMatchObject({ write: 'done', change: 'done', program: 'done', thread: 'done' });
  });
});

const flagsOf = (pid: number | undefined) =>
  readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    .split('\0')
    .filter((flag) => /^--(permission|allow-)/.test(flag));

it('the engine of the appliance is confined, and works', async () => {
  const appliance = await startTestAppliance();
  const instance = makePhantomInstance({
    seed: 1,
    size: 128,
    studyInstanceUid: '1.2.3.1',
    patient: { name: 'Sample^Ada', id: 'P-1' },
  });
  await sendStudy([instance], appliance.scanner);
  await appliance.untilExams(['1.2.3.1'], isTerminal);
  expect(appliance.exam('1.2.3.1')?.outcome.state).not.toBe('not-analysed');
  expect(flagsOf(appliance.pids.engine)).toEqual([
    '--permission',
    '--allow-fs-read=*',
    '--allow-addons',
  ]);
});
