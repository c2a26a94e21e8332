import fs from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { qualityCommands } from '../cli/quality.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import { disk } from '../device/files.ts';
import { openKeyFile } from '../device/keys.ts';
import type { Actor } from '../panel/role.ts';
import { openQualityStore } from '../runtime/quality/quality-store.ts';
import { isTerminal, journey, type RunningAppliance, startTestAppliance } from './appliance.ts';
import { fillAccounts, openAccounts, visit } from './panel-visitor.ts';
import { phantomStudy } from './shadow-bundles.ts';
import { offerRelease } from './update-site.ts';

const waits = { timeout: 120_000 };
const model = 'chest-demo';
const ada: Actor = { user: 'ada', role: 'radiologist', address: '10.0.0.7' };

const versions = ({ source }: RunningAppliance) => source.models().map(({ version }) => version);
const stateOf = ({ source }: RunningAppliance) => source.quality().models?.[0]?.state;
const conditionsOf = ({ source }: RunningAppliance) =>
  source
    .device()
    .conditions.map(({ id }) => id)
    .filter((id) => id.startsWith('model-'));

/** What becomes of an exam. */
async function analyse(appliance: RunningAppliance, seed: number) {
  await sendStudy(phantomStudy(seed), appliance.scanner);
  await appliance.untilExams([`2.25.${seed}`], isTerminal);
  return appliance.exam(`2.25.${seed}`)!.outcome;
}

/** `scanside quality previous`, as an administrator gives it while the appliance runs. */
async function askForPrevious(dataFolder: string): Promise<void> {
  const config = join(dataFolder, 'site.json');
  fs.writeFileSync(config, JSON.stringify({ dataFolder }));
  const io = { out: () => undefined, error: (text: string) => expect(text).toBe('') };
  const who = ['--as', 'administrator', '--user', 'eve', '--reason', 'figures'];
  const args = ['--config', config, '--model', model, ...who];
  expect(await qualityCommands['previous']!.run(args, io)).toBe(0);
}

function readMoves(dataFolder: string) {
  const store = openQualityStore(dataFolder, openKeyFile(disk, join(dataFolder, 'keys')));
  try {
    return store.trust.moves(model, 9).map(({ event, isNow, mover }) => [event, isNow, mover]);
  } finally {
    store.database.close();
  }
}

it(
  'the bundle before does the work of one that was stopped, over a restart, until it is released',
  journey,
  async () => {
    const settings = await offerRelease({ mode: 'install' });
    const { dataFolder } = settings;
    const first = await startTestAppliance(settings);
    await expect
      .poll(() => first.log.some((line) => line.startsWith('update committed')), waits)
      .toBe(true);
    expect(versions(first)).toEqual(['1.0.1']);
    expect(stateOf(first)).toBe('normal');

    await first.source.act(ada, { kind: 'stop-model', model, reason: 'wrong-results' });
    expect(await analyse(first, 9601)).toMatchObject({ reason: 'drift-fallback' });
    expect(versions(first)).toEqual(['1.0.1']);

    await askForPrevious(dataFolder);
    await expect.poll(() => stateOf(first), waits).toBe('previous');
    expect(versions(first)).toEqual(['1.0.0']);
    expect(conditionsOf(first)).toEqual(['model-previous']);
    expect((await analyse(first, 9602)).state).not.toBe('not-analysed');
    await first.stop();

    const again = await startTestAppliance(settings);
    expect([stateOf(again), ...versions(again)]).toEqual(['previous', '1.0.0']);
    expect((await analyse(again, 9603)).state).not.toBe('not-analysed');
    await fillAccounts(openAccounts(dataFolder));
    const page = await (await visit({ url: again.panelUrl }, 'radiologist')).fetch('/quality');
    expect(await page.text()).toContain('the version before has proved itself');

    await again.source.act(ada, { kind: 'release-model', model, reason: 'cause-removed' });
    expect([stateOf(again), ...versions(again)]).toEqual(['watch', '1.0.1']);
    expect(conditionsOf(again)).toEqual([]);
    expect((await analyse(again, 9604)).state).not.toBe('not-analysed');
    await again.stop();
    expect(readMoves(dataFolder)).toEqual([
      ['released', 'watch', 'radiologist'],
      ['previous-proved', 'previous', 'administrator'],
      ['stopped', 'paused', 'radiologist'],
      ['replaced', 'normal', 'update'],
    ]);
  },
);
