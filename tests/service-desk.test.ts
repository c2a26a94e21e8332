import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { loadConfiguration } from '../runtime/config.ts';
import { programFolder } from '../runtime/service.ts';
import { DoctorDesk } from '../runtime/service-desk.ts';
import { freePort } from './outside.ts';
import { temporaryFolder } from './peers/process.ts';

/** The desk of a device in service whose PACS is not there. */
async function makeDesk({ isFromFile = true, program = programFolder } = {}) {
  const { path, remove } = temporaryFolder();
  onTestFinished(remove);
  const file = join(path, 'site.json');
  const to = { name: 'main', host: '127.0.0.1', port: await freePort(), aeTitle: 'PACS' };
  writeFileSync(file, JSON.stringify({ dataFolder: join(path, 'data'), destinations: [to] }));
  const desk = new DoctorDesk({
    configuration: loadConfiguration(file, disk),
    configurationFile: isFromFile ? file : undefined,
    clock: systemClock,
    files: disk,
    log: () => undefined,
    programFolder: program,
  });
  onTestFinished(() => desk.close());
  return desk;
}

it('has everything checked in a process of its own, and says what is wrong', async () => {
  const desk = await makeDesk();
  expect(desk.view()).toMatchObject({ running: undefined, checked: undefined, mayRun: ['checks'] });
  desk.run('checks');
  desk.run('checks');
  expect(desk.view().running).toBe('checks');
  await expect.poll(() => desk.view().running, { timeout: 60_000 }).toBe(undefined);
  const steps = desk.view().checked?.steps ?? [];
  expect(steps.map(({ name, state }) => `${name} ${state}`)).toEqual([
    expect.stringMatching(/^preflight /),
    'identity skipped',
    'time warn',
    'peers fail',
    expect.stringMatching(/^fleet /),
  ]);
  const peers = steps.find(({ name }) => name === 'peers')!;
  expect(peers.checks.map(({ code }) => code)).toContain('PEER_PORT_CLOSED');
}, 90_000);

it('is no place to commission a device that is in service', async () => {
  const desk = await makeDesk();
  desk.run('commissioning');
  expect(desk.view().running).toBe(undefined);
  expect([desk.waive(), desk.report('json')]).toEqual([false, undefined]);
});

it('offers no checks where there is no configuration file to check', async () => {
  const desk = await makeDesk({ isFromFile: false });
  desk.run('checks');
  expect(desk.view()).toMatchObject({ mayRun: [], running: undefined });
});

it('goes on where the checks were cut off in the middle of a word', async () => {
  const { path, remove } = temporaryFolder();
  onTestFinished(remove);
  mkdirSync(join(path, 'cli'));
  const begun = JSON.stringify({ event: 'step-begun', step: 'time', title: 'Time' });
  writeFileSync(
    join(path, 'cli', 'main.ts'),
    `process.stdout.write(${JSON.stringify(`${begun}\n{"event":"che`)});\nprocess.kill(process.pid, 'SIGKILL');\n`,
  );
  const desk = await makeDesk({ program: path });
  desk.run('checks');
  await expect.poll(() => desk.view().running, { timeout: 20_000 }).toBe(undefined);
  expect(desk.view().checked?.steps.map(({ state }) => state)).toEqual(['open']);
});
