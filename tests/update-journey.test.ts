import fs from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { updateCommands } from '../cli/update.ts';
import { makePhantomInstance } from '../demo/phantom-study.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import { systemClock } from '../device/clock.ts';
import {
  isTerminal,
  journey,
  killNow,
  makeDataFolder,
  type RunningAppliance,
  startTestAppliance,
} from './appliance.ts';
import { temporaryFolder, until } from './peers/process.ts';
import { assign } from './update-repository.ts';
import { publish, serve } from './update-site.ts';

async function startUpdated(updates: Record<string, unknown> = {}) {
  const { served, root, item, director } = publish();
  const now = systemClock.now();
  const assignment = { device: 'DEMO-0001', issued: now, expires: now + 3600_000 };
  served.set(
    '/assignments/DEMO-0001.json',
    assign(director, { ...assignment, seq: 1, assignments: [item] }),
  );
  const { path, remove } = temporaryFolder();
  onTestFinished(() => remove());
  const rootFile = join(path, 'root.json');
  fs.writeFileSync(rootFile, root);
  const settings = {
    dataFolder: makeDataFolder(),
    updates: { repository: await serve(served), rootFile, trialMinutes: 0.02, ...updates },
  };
  return { settings, hash: item.sha256, appliance: await startTestAppliance(settings) };
}

/** What `scanside update status` says while the appliance runs. */
async function statusOf(dataFolder: string): Promise<unknown> {
  const config = join(dataFolder, 'site.json');
  fs.writeFileSync(config, JSON.stringify({ dataFolder }));
  const said: string[] = [];
  const io = { out: (text: string) => void said.push(text), error: () => undefined };
  expect(await updateCommands['status']!.run(['--config', config, '--json'], io)).toBe(0);
  return JSON.parse(said.join('\n'));
}

async function waitFor(condition: () => boolean): Promise<void> {
  expect(await until(condition, 90_000)).toBe(true);
}

function isDone(appliance: RunningAppliance, id: string): boolean {
  const exam = appliance.exam(id);
  return exam !== undefined && isTerminal(exam);
}

const study = (seed: number) => [
  makePhantomInstance({
    seed,
    size: 256,
    patient: { name: 'DEMO^TEST', id: `DEMO-${seed}` },
    studyInstanceUid: `2.25.${seed}`,
    instanceNumber: 1,
  }),
];

it(
  'an appliance fetches, proves, tries and keeps a model that was assigned to it, also over a restart',
  journey,
  async () => {
    const { appliance, settings, hash } = await startUpdated();
    const lines = (text: string) => appliance.log.filter((line) => line.startsWith(text));
    let sent = 0;
    while (!lines('update committed').length) {
      await sendStudy(study(9100 + sent), appliance.scanner);
      sent += 1;
      const id = `2.25.${9099 + sent}`;
      await waitFor(() => isDone(appliance, id));
    }
    expect(appliance.source.models().map(({ version }) => version)).toEqual(['1.0.1']);
    expect(appliance.exams()).toHaveLength(sent);
    const outcomes = appliance.exams().map(({ outcome }) => outcome);
    expect(outcomes.filter(({ state }) => state === 'not-analysed')).toEqual([]);
    expect(await statusOf(settings.dataFolder)).toMatchObject({
      groups: { 'chest-demo': { committed: { sha256: hash, counter: 1 } } },
      ended: [{ state: 'committed' }],
      unsentReports: 0,
    });
    await appliance.stop();
    const again = await startTestAppliance(settings);
    expect(again.source.models().map(({ version }) => version)).toEqual(['1.0.1']);
  },
);

it(
  'a model whose engine is killed twice in its trial goes, and the one before answers again',
  journey,
  async () => {
    const { appliance } = await startUpdated({ trialMinutes: 60 });
    const line = (text: string) => appliance.log.some((each) => each.startsWith(text));
    await waitFor(() => line('update trial') && line('model exchanged'));
    const ends = () => appliance.log.filter((each) => each.startsWith('engine ended')).length;
    for (const kills of [1, 2]) {
      await waitFor(() => appliance.pids.engine !== undefined);
      killNow(appliance.pids.engine);
      await waitFor(() => ends() === kills);
    }
    await waitFor(() => line('update rolled-back'));
    expect(appliance.source.models().map(({ version }) => version)).toEqual(['1.0.0']);
    await sendStudy(study(9200), appliance.scanner);
    await waitFor(() => isDone(appliance, '2.25.9200'));
    expect(appliance.exam('2.25.9200')!.outcome.state).not.toBe('not-analysed');
  },
);
