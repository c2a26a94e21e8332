import fs from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { qualityCommands } from '../cli/quality.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { openKeyFile } from '../device/keys.ts';
import { type Journal, journalIn } from '../ota/agent/journal.ts';
import type { Assignment } from '../ota/trust/assignment.ts';
import { openUpdateMemory } from '../runtime/updates.ts';
import {
  isTerminal,
  journey,
  makeDataFolder,
  type RunningAppliance,
  startTestAppliance,
} from './appliance.ts';
import { temporaryFolder } from './peers/process.ts';
import { canaryLabel, makeFlaggingCandidate, phantomStudy, readPairs } from './shadow-bundles.ts';
import { assign } from './update-repository.ts';
import { publish, serve } from './update-site.ts';

const waits = { timeout: 120_000 };

interface Offer {
  mode: Assignment['mode'];
  release: Parameters<typeof publish>[0];
}

/** Settings of a device to which a release is assigned. */
async function offer({ mode, release }: Offer) {
  const { served, root, item, director } = publish(release);
  const now = systemClock.now();
  const assignment = { device: 'DEMO-0001', issued: now, expires: now + 3600_000, mode };
  served.set(
    '/assignments/DEMO-0001.json',
    assign(director, { ...assignment, seq: 1, assignments: [item] }),
  );
  const { path, remove } = temporaryFolder();
  onTestFinished(() => remove());
  const rootFile = join(path, 'root.json');
  fs.writeFileSync(rootFile, root);
  const updates = { repository: await serve(served), rootFile, trialMinutes: 0.02 };
  return { dataFolder: makeDataFolder(), updates };
}

async function sendAll(appliance: RunningAppliance, seeds: readonly number[]): Promise<void> {
  for (const seed of seeds) await sendStudy(phantomStudy(seed), appliance.scanner);
  await appliance.untilExams(
    seeds.map((seed) => `2.25.${seed}`),
    isTerminal,
  );
}

function readJournal(dataFolder: string): Journal {
  const memory = openUpdateMemory(dataFolder, openKeyFile(disk, join(dataFolder, 'keys')));
  try {
    return journalIn(memory).read()!;
  } finally {
    memory.close();
  }
}

/** What `scanside quality shadow` says. */
async function say(dataFolder: string, ...more: string[]): Promise<string> {
  const config = join(dataFolder, 'site.json');
  fs.writeFileSync(config, JSON.stringify({ dataFolder }));
  const said: string[] = [];
  const io = { out: (text: string) => void said.push(text), error: () => undefined };
  expect(await qualityCommands['shadow']!.run(['--config', config, ...more], io)).toBe(0);
  return said.join('\n');
}

const logged = ({ log }: RunningAppliance, text: string) =>
  log.some((line) => line.startsWith(text));
const versions = ({ source }: RunningAppliance) => source.models().map(({ version }) => version);

it(
  'a release that is assigned in shadow is compared, over a restart too, and never answers',
  journey,
  async () => {
    const shadow = { min_studies: 4, max_disagreement: '0.9' };
    const settings = await offer({ mode: 'shadow', release: { shadow } });
    const { dataFolder } = settings;
    const first = await startTestAppliance(settings);
    await sendAll(first, [9401, 9402]);
    await expect.poll(() => readPairs(dataFolder).length, waits).toBe(2);
    expect(readJournal(dataFolder).update?.standing).toEqual({ state: 'shadow', attempts: 0 });
    await first.stop();

    const again = await startTestAppliance(settings);
    await sendAll(again, [9403, 9404]);
    await expect.poll(() => logged(again, 'update compared'), waits).toBe(true);
    expect(versions(again)).toEqual(['1.0.0']);
    expect(logged(again, 'model exchanged')).toBe(false);
    await again.stop();
    const { ended } = readJournal(dataFolder);
    expect(ended).toMatchObject([
      { state: 'compared', shadow: { verdict: 'pass', studies: 4, gained: 0, lost: 0 } },
    ]);
    for (const { active, candidate } of readPairs(dataFolder)) expect(candidate).toBe(active);
    expect(await say(dataFolder)).toMatch(/chest-demo: 1\.0\.1 beside 1\.0\.0[^]*Verdict: pass/);
  },
);

it(
  'a release that says something else than was signed for is refused before it answers',
  journey,
  async () => {
    const folder = temporaryFolder();
    onTestFinished(() => folder.remove());
    const models = await makeFlaggingCandidate(folder.path);
    const release = {
      folder: join(models, 'chest-demo', '1.0.1'),
      shadow: { min_studies: 50, max_disagreement: '0.1' },
    };
    const settings = await offer({ mode: 'install', release });
    const appliance = await startTestAppliance(settings);
    await sendAll(appliance, [9501, 9502, 9503, 9504, 9505, 9506]);
    await expect.poll(() => logged(appliance, 'update failed'), waits).toBe(true);
    expect(versions(appliance)).toEqual(['1.0.0']);
    await appliance.stop();
    const [report] = readJournal(settings.dataFolder).ended;
    expect(report).toMatchObject({ state: 'failed', code: 'UPDATE_SHADOW_FAILED' });
    expect(report!.shadow).toMatchObject({ verdict: 'fail', lost: 0 });
    const { gained, other } = report!.shadow!;
    expect(gained + other).toBeGreaterThan(1);
    const said = JSON.parse(await say(settings.dataFolder, '--json'));
    expect(said).toMatchObject([{ judgement: { verdict: 'fail' }, labelled: [{ positives: 0 }] }]);
    expect(JSON.stringify(said)).not.toContain(canaryLabel);
  },
);
