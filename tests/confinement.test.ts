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
import { fork, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
const [own, foreign] = process.argv.slice(2);
const deeds = {
  'read its own': () => fs.readFileSync(own + '/kept'),
  'write its own': () => fs.writeFileSync(own + '/made', ''),
  'read the machine': () => fs.readFileSync('/etc/hostname'),
  'read another’s': () => fs.readFileSync(foreign + '/kept'),
  'write another’s': () => fs.writeFileSync(foreign + '/made', ''),
  'link another’s into its own': () => fs.symlinkSync(foreign, own + '/link'),
  'start a program': () => spawnSync('/bin/true').error && (() => { throw spawnSync('/bin/true').error; })(),
  'start a thread': () => new Worker('1', { eval: true }),
  'load native code': () => process.dlopen({ exports: {} }, own + '/kept'),
};
const said = {};
for (const [name, deed] of Object.entries(deeds)) {
  try { deed(); said[name] = 'done'; } catch (error) { said[name] = error.code; }
}
process.send(said, () => process.exit(0));
`;

describe('a confined process', () => {
  const own = temporaryFolder();
  const foreign = temporaryFolder();
  const script = join(own.path, 'intruder.mjs');

  beforeAll(() => {
    writeFileSync(script, intruder);
    for (const { path } of [own, foreign]) writeFileSync(join(path, 'kept'), 'kept');
  });
  afterAll(() => [own, foreign].forEach((folder) => folder.remove()));

  const tryAll = (confinement: Confinement) =>
    new Promise<Record<string, string>>((resolve, reject) => {
      const execArgv = confine(confinement);
      const child = fork(script, [own.path, foreign.path], { execArgv, stdio: 'ignore' });
      child.once('message', (said) => resolve(said as Record<string, string>));
      child.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
    });

  it('does what it has to, and nothing else', async () => {
    expect(await tryAll({ reads: [own.path], writes: [own.path] })).toEqual({
      'read its own': 'done',
      'write its own': 'done',
      'read the machine': 'ERR_ACCESS_DENIED',
      'read another’s': 'ERR_ACCESS_DENIED',
      'write another’s': 'ERR_ACCESS_DENIED',
      'link another’s into its own': 'ERR_ACCESS_DENIED',
      'start a program': 'ERR_ACCESS_DENIED',
      'start a thread': 'ERR_ACCESS_DENIED',
      'load native code': 'ERR_DLOPEN_DISABLED',
    });
  });

  it('that may load native code still writes nothing', async () => {
    const said = await tryAll({ reads: 'everything', writes: [], addons: true });
    expect(said).toMatchObject({
      'read another’s': 'done',
      'write its own': 'ERR_ACCESS_DENIED',
      'write another’s': 'ERR_ACCESS_DENIED',
      'start a program': 'ERR_ACCESS_DENIED',
      'load native code': 'ERR_DLOPEN_FAILED',
    });
  });
});

const commandOf = (pid: number | undefined) =>
  readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');

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
  const engine = commandOf(appliance.pids.engine);
  expect(engine).toContain('--permission');
  expect(engine.some((flag) => flag.startsWith('--allow-fs-write'))).toBe(false);
});
