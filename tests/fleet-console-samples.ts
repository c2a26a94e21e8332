import { join } from 'node:path';
import { isoInstant, systemClock } from '../device/clock.ts';
import { hashText } from '../device/web/secret.ts';
import { type Console, startConsole } from '../ota/fleet/console/console.ts';
import { applyEvent } from '../ota/fleet/rollout/progress.ts';
import type { ConsoleRole } from '../ota/fleet/store/account-store.ts';
import type { FleetStore } from '../ota/fleet/store/fleet-store.ts';
import type { DeviceMessage } from '../ota/fleet/store/message-store.ts';
import { openStore } from '../ota/fleet/store/open-store.ts';
import { birth, otaReport, summary, telemetry } from './fleet-messages.ts';
import { day, hour, release } from './fleet-samples.ts';
import { temporaryFolder } from './peers/process.ts';

export const password = 'correct horse battery';
/** Cheap to try, for tests alone. */
const cost = { n: 1024, r: 8, p: 1 };

/** A console over a fleet that is made up: 12 devices at 4 sites, three rollouts, 8 weeks of summaries. */
export interface SampleConsole {
  console: Console;
  store: FleetStore;
  close(): Promise<void>;
}

export async function startSampleConsole(filled = true): Promise<SampleConsole> {
  const folder = temporaryFolder();
  const store = await openStore(join(folder.path, 'fleet.db'));
  for (const [name, role] of Object.entries({ vera: 'viewer', otto: 'operator' }))
    await store.accounts.add(name, role as ConsoleRole, await hashText(password, cost));
  if (filled) await fill(store, systemClock.now());
  const shown = await startConsole({
    host: '127.0.0.1',
    port: 0,
    store,
    clock: systemClock,
    log: () => undefined,
  });
  const close = async () => {
    await shown.close();
    await store.close();
    folder.remove();
  };
  return { console: shown, store, close };
}

const sites = ['north', 'east', 'south', 'west'];
const devices = Array.from({ length: 12 }, (_, at) => ({
  id: `ct-${String(at + 1).padStart(2, '0')}`,
  site: sites[at % sites.length]!,
}));

async function fill(store: FleetStore, now: number): Promise<void> {
  await store.placeDevices(new Map(devices.map(({ id, site }) => [id, site])));
  await store.placeDevices(new Map([['ct-13', 'north']]));
  await store.keepMessages(
    devices.map(({ id }) => birth(id)),
    now - 2 * 60_000,
  );
  await store.keepMessages(
    devices.map(({ id }, at) => stand(id, at, now)),
    now - 60_000,
  );
  await store.keepMessages([stand('ct-14', 3, now)], now - 3 * day);
  await fillDays(store, now);
  await fillRollouts(store, now);
  await store.pin('ct-12', 'comparison of two models until March');
}

/** What a device says of itself; three of them want somebody. */
function stand(id: string, at: number, now: number): DeviceMessage {
  const { message } = telemetry(id, 1);
  const conditions = [
    { id: 'clock-jumped', priority: 'high' as const },
    { id: 'pacs-failing', priority: 'medium' as const },
  ];
  return {
    device: id,
    topic: 'telemetry',
    message: {
      ...message,
      at: now,
      conditions: at === 4 ? conditions : [],
      heat: { hottest: 52 + at, zones: [] },
      disk: { freeBytes: at === 7 ? 6 : 40 + at, totalBytes: 100 },
      certificates: [{ of: 'mqtt', notAfter: now + (at === 2 ? 12 : 300) * day }],
    },
  };
}

/** Every device answers for some exams a day; at one site far more are flagged this week. */
async function fillDays(store: FleetStore, now: number): Promise<void> {
  const batch = Array.from({ length: 8 * 7 }, (_, back) =>
    devices.map(({ id, site }, at) => {
      const when = isoInstant(now - back * day).slice(0, 10);
      const wave = (at * 7 + back * 3) % 5;
      const flagged = site === 'east' && back < 7 ? 19 : 6 + wave;
      return summary(id, back + 1, when, { flagged, 'no-flag': 44 - wave, uncertain: back % 6 });
    }),
  ).flat();
  await store.keepMessages(batch, now);
}

async function fillRollouts(store: FleetStore, now: number): Promise<void> {
  const plan = {
    release: release(2),
    releases: [release(1), release(2)],
    soakMs: 24 * hour,
    gatePercent: 90,
    failPercent: 5,
  };
  const by = { actor: 'mara', now: now - 5 * hour };
  const places = (from: number, to: number) =>
    devices.slice(from, to).map(({ id }, at) => ({ device: id, wave: Math.min(at, 2) }));
  await store.createRollout('spring', plan, places(0, 5), by);
  await store.createRollout('winter', plan, places(5, 8), by);
  await store.createRollout('autumn', plan, places(8, 11), by);
  await step(store, 'spring', 'started', by.now);
  await step(store, 'winter', 'started', by.now);
  await tell(store, 'spring', 'ct-01', by.now);
  await tell(store, 'winter', 'ct-06', by.now);
  const reports = [
    otaReport('ct-01', 99, 1, 'failed', 'UPDATE_TRIAL_FAILED'),
    otaReport('ct-06', 99, 1, 'committed'),
  ];
  await store.keepMessages(reports, by.now);
  await step(store, 'spring', 'too-many-failed', now - hour, '1 of 1 devices failed');
  await step(store, 'winter', 'wave-settled', now - 4 * hour);
  await step(store, 'autumn', 'started', by.now);
  await step(store, 'autumn', 'pause', now - 2 * hour, 'the hospital moves its network');
}

/** Has a device of a rollout told, as a service does. */
async function tell(store: FleetStore, name: string, device: string, now: number): Promise<void> {
  const before = await store.rollout(name);
  const times = { at: now, expires: now + 7 * day };
  const issue = { device, seq: 1, mode: 'install' as const, ...times, envelope: 'e', lastSeq: 0 };
  const issues = [{ ...issue, before: release(1).sha256 }];
  await store.advance({ before, after: before, event: undefined, actor: 'service', now, issues });
}

type Event = Parameters<typeof applyEvent>[1];

async function step(store: FleetStore, name: string, event: Event, now: number, because = '') {
  const before = await store.rollout(name);
  const after = applyEvent(before, event, now, because);
  await store.advance({ before, after, event, actor: 'service', now, issues: [] });
}
