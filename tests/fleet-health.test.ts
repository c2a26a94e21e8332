import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { RolloutWatch } from '../ota/fleet/service/rollout-watch.ts';
import { stepRollout } from '../ota/fleet/service/rollout-steps.ts';
import { createSigningKey } from '../ota/fleet/signing-key.ts';
import type { FleetStore } from '../ota/fleet/store/fleet-store.ts';
import { openStore } from '../ota/fleet/store/open-store.ts';
import { birth, otaReport, summary } from './fleet-messages.ts';
import { hour, release, rollout as sample, start } from './fleet-samples.ts';
import { temporaryFolder } from './peers/process.ts';

/** A rollout of two waves that wants 100 exams, its first device there, and a service that looks at it. */
async function soaking() {
  const { path, remove } = temporaryFolder();
  const store = await openStore(join(path, 'fleet.db'));
  onTestFinished(async () => {
    await store.close();
    remove();
  });
  await store.keepMessages([birth('d1'), birth('d2')], start);
  const places = [
    { device: 'd1', wave: 0 },
    { device: 'd2', wave: 1 },
  ];
  const plan = { ...sample().plan, exams: 100 };
  await store.createRollout('new', plan, places, { actor: 'test', now: start });
  const parts = { store, watch: new RolloutWatch(store), director: createSigningKey() };
  const look = async (now: number) => {
    while (await stepRollout(parts, await store.rollout('new'), now));
    return store.rollout('new');
  };
  await look(start);
  const seq = (await store.items(await store.rollout('new')))[0]!.lastSeq;
  await store.keepMessages([otaReport('d1', 1, seq, 'committed')], start);
  await look(start);
  return { store, look, over: start + 2 * hour };
}

const usual = { flagged: 10, 'no-flag': 190 };
const tell = (store: FleetStore, seq: number, outcomes: Record<string, number>, counter: number) =>
  store.keepMessages(
    [summary('d1', seq, `2027-01-0${seq}`, outcomes, release(counter).version)],
    start,
  );

it('a wave waits for exams after its soak, and passes when the release does as well as before', async () => {
  const { store, look, over } = await soaking();
  expect(await look(over)).toMatchObject({ state: 'soaking', wave: 0 });
  await tell(store, 1, usual, 1);
  await tell(store, 2, { flagged: 5, 'no-flag': 60 }, 2);
  expect(await look(over)).toMatchObject({ state: 'soaking', wave: 0 });
  await tell(store, 3, { flagged: 5, 'no-flag': 90 }, 2);
  expect(await look(over)).toMatchObject({ state: 'running', wave: 1 });
});

it('a release that does worse stops the rollout before its soak is over, and says by how much', async () => {
  const { store, look } = await soaking();
  await tell(store, 1, usual, 1);
  await tell(store, 2, { flagged: 60, 'no-flag': 140 }, 2);
  const stopped = await look(start);
  expect(stopped).toMatchObject({ state: 'stopped', wave: 0 });
  expect(stopped.because).toMatch(/^flags 30\.0 % .*before 5\.0 %/);
  const [, second] = await store.items(stopped);
  expect(second).toMatchObject({ device: 'd2', state: 'waiting', mode: undefined });
});
