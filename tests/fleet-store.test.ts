import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { applyEvent } from '../ota/fleet/rollout/progress.ts';
import type { FleetStore } from '../ota/fleet/store/fleet-store.ts';
import type { ModelCounts } from '../ota/fleet/store/model-day.ts';
import type { DeviceMessage } from '../ota/fleet/store/message-store.ts';
import { openStore } from '../ota/fleet/store/open-store.ts';
import { release, rollout as sample, start } from './fleet-samples.ts';
import { birth, otaReport, summary, telemetry } from './fleet-messages.ts';
import { describeWith } from './outside.ts';
import { type Postgres, postgresProgram, startPostgres } from './peers/postgres.ts';
import { temporaryFolder } from './peers/process.ts';

const actor = { actor: 'somebody', now: start };
const plan = sample().plan;

/** What every database has to do: two stores on one place, as two services have them. */
function contract(place: () => string): void {
  let store: FleetStore;
  let other: FleetStore;

  beforeEach(async () => {
    [store, other] = await Promise.all([openStore(place()), openStore(place())]);
  });
  afterEach(async () => {
    await store.close();
    await other.close();
  });

  /** A rollout of some devices that run release 1. */
  async function begin(name: string, devices: string[]) {
    await store.keepMessages(
      devices.map((id) => birth(id)),
      start,
    );
    await store.createRollout(
      name,
      plan,
      devices.map((device) => ({ device, wave: 0 })),
      actor,
    );
    return store.rollout(name);
  }

  /** Tells a device something, as a service does that has seen the rollout so. */
  async function tell(by: FleetStore, name: string, device: string, seq: number) {
    const before = await by.rollout(name);
    const item = (await by.items(before)).find((each) => each.device === device)!;
    const { lastSeq, before: ran } = item;
    const times = { at: start, expires: start + 1 };
    const issue = { device, seq, mode: 'install' as const, ...times, envelope: `e${seq}`, lastSeq };
    const change = { before, after: before, event: undefined, ...actor };
    return () => by.advance({ ...change, issues: [{ ...issue, before: ran }] });
  }

  const stateOf = async (name: string) =>
    (await store.items(await store.rollout(name))).map(({ device, state }) => `${device} ${state}`);

  it('keeps a message once, whoever brings it, and the newest telemetry as the device’s', async () => {
    const batch: DeviceMessage[] = [1, 2, 3].map((seq) => telemetry('once', seq));
    const kept = await Promise.all([
      store.keepMessages(batch, start),
      other.keepMessages(batch.toReversed(), start + 1),
    ]);
    expect(kept.reduce((sum, each) => sum + each, 0)).toBe(3);
    await store.keepMessages([{ ...telemetry('once', 2) }], start + 2);
    const bodies = (await other.messages('telemetry', 0)).filter(({ device }) => device === 'once');
    expect(bodies.map(({ body }) => JSON.parse(body).seq)).toEqual([1, 2, 3]);
    const [device] = (await store.devices()).filter(({ id }) => id === 'once');
    expect(device).toMatchObject({ seen: start + 2, hottest: 43, diskFree: 50 });
  });

  it('takes two hundred messages in one go, from many devices, with two services at once', async () => {
    const of = (seq: number) =>
      Array.from({ length: 100 }, (_, at) => telemetry(`many-${at}`, seq));
    const kept = await Promise.all([
      store.keepMessages([...of(1), ...of(2)], start),
      other.keepMessages([...of(2), ...of(3)].toReversed(), start),
    ]);
    expect(kept.reduce((sum, each) => sum + each, 0)).toBe(300);
  });

  it('knows what a device is and whether it is there; a last will of an earlier connection is stale', async () => {
    const lwt = (bdSeq: number): DeviceMessage => ({
      device: 'there',
      topic: 'lwt',
      message: { schema: 1, bdSeq, because: 'lost' },
    });
    const connected = async () =>
      (await store.devices()).find(({ id }) => id === 'there')?.connected;
    await store.keepMessages([birth('there', 7), lwt(6)], start);
    expect(await connected()).toBe(true);
    await store.keepMessages([lwt(7)], start);
    expect(await connected()).toBe(false);
    expect((await store.devices()).find(({ id }) => id === 'there')).toMatchObject({
      software: '0.1.0',
      models: [{ name: 'chest-demo', version: release(1).version, sha256: release(1).sha256 }],
    });
  });

  it('remembers where devices stand, what pins them and who was revoked', async () => {
    await store.placeDevices(new Map([['placed', 'north']]), start);
    await store.pin('placed', 'study');
    await store.revoke('placed', true);
    const placed = async () => (await other.devices()).find(({ id }) => id === 'placed');
    expect(await placed()).toMatchObject({ site: 'north', pin: 'study', revoked: true, seen: 0 });
    await store.pin('placed', undefined);
    expect(await placed()).toMatchObject({ pin: undefined });
    await expect(store.pin('nobody', 'x')).rejects.toMatchObject({ code: 'FLEET_DEVICE_UNKNOWN' });
  });

  it('compares what a release did with what the same devices did before, whatever comes twice', async () => {
    const begun = await begin('compared', ['k1', 'k2', 'k3']);
    await (
      await tell(store, 'compared', 'k1', 900)
    )();
    const before = { flagged: 10, 'no-flag': 85, uncertain: 5, paused: 7 };
    const after = { flagged: 20, 'no-flag': 70, 'model-fault': 10 };
    const batch = [
      summary('k1', 1, '2027-01-01', before),
      summary('k1', 2, '2027-01-02', before),
      summary('k1', 3, '2027-01-03', after, release(2).version),
      summary('k2', 1, '2027-01-03', before),
    ];
    await Promise.all([store.keepMessages(batch, start), other.keepMessages(batch, start)]);
    const { release: candidate } = begun.plan;
    const compared = await store.modelDays.compare('compared', candidate, '2027-01-02');
    const sums = ({ latency, ...more }: ModelCounts) => ({ ...more, timed: latency[15] });
    expect(sums(compared.before)).toEqual({
      flagged: 10,
      unflagged: 85,
      abstained: 5,
      failed: 0,
      timed: 107,
    });
    expect(sums(compared.candidate)).toEqual({
      flagged: 20,
      unflagged: 70,
      abstained: 0,
      failed: 10,
      timed: 100,
    });
    await store.placeDevices(new Map([['k1', 'north']]), start);
    const days = await store.modelDays.sites('2027-01-01');
    expect(days.filter(({ site }) => site === 'north')).toHaveLength(3);
    expect(days.find(({ site }) => site === '')).toMatchObject({ day: '2027-01-03', flagged: 10 });
  });

  it('tells which devices of a rollout have changed, by whatever counts for it', async () => {
    const begun = await begin('watched', ['w1', 'w2', 'w3', 'w4', 'w5']);
    const later = start + 1000;
    await store.keepMessages([birth('w1', 2, 2)], later);
    await store.placeDevices(new Map([['w2', 'east']]), later);
    await store.revoke('w3', true);
    const changed = async () =>
      (await other.changedItems(begun, later)).map(({ device }) => device);
    expect(await changed()).toEqual(['w1', 'w2', 'w3']);
    await (
      await tell(store, 'watched', 'w4', 950)
    )();
    expect(await changed()).toEqual(['w1', 'w2', 'w3']);
    await store.keepMessages([otaReport('w4', 1, 950, 'failed', 'X')], later);
    expect(await changed()).toEqual(['w1', 'w2', 'w3', 'w4']);
    await store.retryFailed(begun, later);
    expect(await changed()).toEqual(['w1', 'w2', 'w3', 'w4', 'w5']);
  });

  it('has a rollout hold its devices until it has ended, and its name for ever', async () => {
    const begun = await begin('holds', ['h1', 'h2']);
    expect(begun).toMatchObject({ state: 'planned', wave: 0, waves: 1, plan });
    const holder = async () => (await store.devices()).find(({ id }) => id === 'h1')?.rollout;
    expect(await holder()).toBe('holds');
    await expect(begin('holds', ['h1'])).rejects.toMatchObject({ code: 'ROLLOUT_REFUSED' });
    const after = { ...begun, state: 'done' as const, revision: 2 };
    await store.advance({ before: begun, after, event: 'last-wave-passed', ...actor, issues: [] });
    expect(await holder()).toBe(undefined);
    expect((await store.history(begun)).map(({ event }) => event)).toEqual([
      'planned',
      'last-wave-passed',
    ]);
    await expect(store.rollout('none')).rejects.toMatchObject({ code: 'ROLLOUT_UNKNOWN' });
  });

  it('lets one of two services change a rollout that both have seen alike', async () => {
    const before = await begin('race', ['r1']);
    const after = applyEvent(before, 'started', start);
    const change = { before, after, event: 'started' as const, ...actor, issues: [] };
    const won = await Promise.all([store.advance(change), other.advance(change)]);
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(await store.history(before)).toHaveLength(2);
  });

  it('numbers the assignments of a device without a gap for two, and issues each once', async () => {
    await begin('issue', ['i1', 'i2']);
    const both = [await tell(store, 'issue', 'i1', 5), await tell(other, 'issue', 'i1', 5)];
    const won = await Promise.all(both.map((each) => each()));
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(await stateOf('issue')).toEqual(['i1 assigned', 'i2 waiting']);
    const waiting = (await store.unpublished(1000)).filter(({ device }) => device === 'i1');
    expect(waiting).toEqual([{ device: 'i1', seq: 5, envelope: 'e5' }]);
    await store.markPublished('i1', 5);
    expect((await store.unpublished(1000)).some(({ device }) => device === 'i1')).toBe(false);
  });

  it('publishes the newest again where an older one was published after it', async () => {
    await begin('late', ['l1']);
    await (
      await tell(store, 'late', 'l1', 1)
    )();
    await (
      await tell(other, 'late', 'l1', 2)
    )();
    await other.markPublished('l1', 2);
    await store.markPublished('l1', 1);
    const waiting = (await store.unpublished(1000)).filter(({ device }) => device === 'l1');
    expect(waiting).toMatchObject([{ seq: 2 }]);
  });

  it('takes a report for the rollout that had issued the assignment, once, and in its order', async () => {
    await begin('report', ['p1', 'p2']);
    await (
      await tell(store, 'report', 'p1', 9)
    )();
    await store.keepMessages([otaReport('p1', 1, 9, 'downloading')], start);
    expect(await stateOf('report')).toEqual(['p1 assigned', 'p2 waiting']);
    await store.keepMessages(
      [otaReport('p1', 3, 9, 'committed'), otaReport('p2', 1, 9, 'failed')],
      start,
    );
    await other.keepMessages([otaReport('p1', 2, 9, 'trial')], start);
    expect(await stateOf('report')).toEqual(['p1 committed', 'p2 waiting']);
    const [first] = await store.items(await store.rollout('report'));
    expect(first).toMatchObject({
      step: 'committed',
      lastSeq: 9,
      isLatest: true,
      before: release(1).sha256,
    });
    expect(await store.evidence({ name: 'report' })).toMatchObject({ issued: [{ seq: 9 }] });
  });

  it('has failed devices wait again, and no late report of the failure count', async () => {
    const rollout = await begin('retry', ['t1', 't2']);
    await (
      await tell(store, 'retry', 't1', 1)
    )();
    await store.keepMessages([otaReport('t1', 1, 1, 'failed', 'TARGET_UNKNOWN')], start);
    expect(await stateOf('retry')).toEqual(['t1 failed', 't2 waiting']);
    expect(await store.retryFailed(rollout, start)).toBe(1);
    await (
      await tell(store, 'retry', 't1', 2)
    )();
    await store.keepMessages([otaReport('t1', 2, 1, 'failed')], start);
    expect(await stateOf('retry')).toEqual(['t1 assigned', 't2 waiting']);
  });

  it('has a later rollout take over what an earlier one has left open', async () => {
    await begin('first', ['o1']);
    await (
      await tell(store, 'first', 'o1', 1)
    )();
    await begin('second', ['o1']);
    await (
      await tell(store, 'second', 'o1', 2)
    )();
    expect([await stateOf('first'), await stateOf('second')]).toEqual([
      ['o1 superseded'],
      ['o1 assigned'],
    ]);
  });

  it('forgets old telemetry and nothing else', async () => {
    await store.keepMessages([telemetry('old', 1), otaReport('old', 2, 1, 'trial')], start - 1000);
    expect(await store.forgetTelemetry(start - 999)).toBe(1);
    expect((await store.messages('ota', 0)).filter(({ device }) => device === 'old')).toHaveLength(
      1,
    );
  });
}

describe('the fleet’s database in SQLite', () => {
  const { path, remove } = temporaryFolder();
  afterAll(remove);
  contract(() => join(path, 'fleet.db'));

  it('says which file it cannot open', async () => {
    await expect(openStore(join(path, 'none', 'fleet.db'))).rejects.toMatchObject({
      code: 'FLEET_DATABASE_FAILED',
    });
  });
});

describeWith([postgresProgram], 'the fleet’s database in PostgreSQL', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());
  contract(() => postgres.url);

  it('says that a server does not answer', async () => {
    await expect(openStore('postgres://fleet@127.0.0.1:1/none')).rejects.toMatchObject({
      code: 'FLEET_DATABASE_FAILED',
    });
  });
});
