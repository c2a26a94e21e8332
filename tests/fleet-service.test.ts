import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import mqtt, { type MqttClient } from 'mqtt';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { fleetCommands } from '../cli/fleet.ts';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { onlineKeyPath } from '../ota/fleet/ceremony.ts';
import { readKeyFile } from '../ota/fleet/key-file.ts';
import { FleetService } from '../ota/fleet/service/fleet-service.ts';
import type { FleetStore } from '../ota/fleet/store/fleet-store.ts';
import type { DeviceMessage } from '../ota/fleet/store/message-store.ts';
import { openStore } from '../ota/fleet/store/open-store.ts';
import { downTopic, upTopic } from '../ota/mqtt/topics.ts';
import { judgeAssignment } from '../ota/trust/assignment.ts';
import { birth, otaReport, telemetry } from './fleet-messages.ts';
import { release } from './fleet-samples.ts';
import { describeWith, freePort } from './outside.ts';
import { startMosquitto } from './peers/mosquitto.ts';
import { type Postgres, postgresProgram, startPostgres } from './peers/postgres.ts';
import { type Running, temporaryFolder, until } from './peers/process.ts';

const launcher = join(import.meta.dirname, '..', 'cli', 'main.ts');

// Key ceremonies, databases and brokers take their time on a machine that is busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let folder: ReturnType<typeof temporaryFolder>;
let broker: Running;
let url: string;
let devices: MqttClient;

beforeEach(async () => {
  folder = temporaryFolder();
  const port = await freePort();
  url = `mqtt://127.0.0.1:${port}`;
  broker = await startMosquitto(folder.path, port);
  devices = await mqtt.connectAsync(url, { protocolVersion: 5 });
  writeFileSync(join(folder.path, 'passphrase'), 'correct horse battery', { mode: 0o600 });
  await command(
    'init',
    '--folder',
    fleet(),
    '--family',
    'chest-demo',
    '--passphrase-file',
    join(folder.path, 'passphrase'),
  );
});

afterEach(async () => {
  await devices.endAsync(true);
  await broker.stop();
  folder.remove();
});

const fleet = () => join(folder.path, 'fleet');
const database = () => join(folder.path, 'fleet.db');

async function command(verb: string, ...args: string[]) {
  const said: string[] = [];
  const say = (text: string) => void said.push(text);
  const code = await fleetCommands[verb]!.run(args, { out: say, error: say });
  return { code, text: said.join('\n') };
}

const steer = (verb: string, ...args: string[]) => command(verb, '--database', database(), ...args);

/** Sends what a device says; resolves when the broker has it. */
const send = ({ device, topic, message }: DeviceMessage) =>
  devices.publishAsync(upTopic(device, topic), JSON.stringify(message), { qos: 1 });

describeWith(['mosquitto'], 'a fleet service and a real broker', () => {
  let store: FleetStore;
  let service: FleetService;

  beforeEach(async () => {
    store = await openStore(database());
    service = new FleetService({
      clock: systemClock,
      store,
      broker: { url, clientId: 'fleet-1' },
      director: readKeyFile(disk, join(fleet(), onlineKeyPath('director'))),
      log: () => undefined,
    });
    service.start();
    expect(await until(() => service.isConnected)).toBe(true);
  });
  afterEach(async () => {
    await service.stop();
    await store.close();
  });

  /** A device that does what it is told, or fails at it, and the modes that it was told. */
  async function attach(id: string, outcome: string, sequence: { seq: number }): Promise<string[]> {
    const told: string[] = [];
    const client = await mqtt.connectAsync(url, { protocolVersion: 5 });
    closing.push(() => client.endAsync(true));
    client.on('message', (_, bytes) => {
      const { payload } = JSON.parse(bytes.toString()) as { payload: string };
      const { seq, mode } = JSON.parse(Buffer.from(payload, 'base64').toString()) as {
        seq: number;
        mode: string;
      };
      told.push(mode);
      sequence.seq += 1;
      if (mode !== 'pause') void send(otaReport(id, sequence.seq, seq, outcome));
    });
    await client.subscribeAsync(downTopic(id, 'desired'), { qos: 1 });
    await send(birth(id));
    return told;
  }
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  async function begin(name: string, ids: string[], soakMs = 0) {
    expect(await until(async () => (await store.devices()).length === ids.length)).toBe(true);
    const plan = {
      release: release(2),
      releases: [release(1), release(2)],
      soakMs,
      gatePercent: 90,
      failPercent: 5,
    };
    const places = ids.map((device, at) => ({ device, wave: at === 0 ? 0 : 1 }));
    await store.createRollout(name, plan, places, { actor: 'test', now: systemClock.now() });
  }
  const state = async (name: string) => (await store.rollout(name)).state;

  it('takes a release through two waves to all devices, and back', async () => {
    const sequence = { seq: 0 };
    const told = [
      await attach('d1', 'committed', sequence),
      await attach('d2', 'committed', sequence),
    ];
    await begin('good', ['d1', 'd2']);
    expect(await until(async () => (await state('good')) === 'done', 20_000)).toBe(true);
    expect((await steer('rollback', '--rollout', 'good')).text).toBe('good is rolling-back.');
    expect(await until(async () => (await state('good')) === 'rolled-back', 20_000)).toBe(true);
    expect(told).toEqual([
      ['install', 'rollback'],
      ['install', 'rollback'],
    ]);
    expect((await steer('status')).text).toContain('2 returned');
    const evidence = JSON.parse((await steer('evidence', '--rollout', 'good')).text);
    expect(evidence.assignments).toHaveLength(4);
    expect(evidence.history.map(({ event }: { event: string }) => event)).toEqual([
      'planned',
      'started',
      'wave-settled',
      'next-wave',
      'wave-settled',
      'last-wave-passed',
      'rollback',
      'returned',
    ]);
  });

  it('stops after a bad canary with no further wave, and retries the failed only', async () => {
    const sequence = { seq: 0 };
    const told = [
      await attach('d1', 'failed', sequence),
      await attach('d2', 'committed', sequence),
    ];
    await begin('bad', ['d1', 'd2']);
    expect(await until(async () => (await state('bad')) === 'stopped', 20_000)).toBe(true);
    const status = await steer('status');
    expect(status.code).toBe(1);
    expect(status.text).toContain('1 of 1 devices failed');
    expect(told).toEqual([['install'], []]);
    expect((await steer('resume', '--rollout', 'bad')).code).toBe(1);
    expect((await steer('resume', '--rollout', 'bad', '--retry-failed')).code).toBe(0);
    expect(await until(() => told[0]!.length === 2, 20_000)).toBe(true);
    expect(told[1]).toEqual([]);
  });

  it('signs what a device accepts that knows the director', async () => {
    const received: Buffer[] = [];
    devices.on('message', (_, bytes) => void received.push(bytes));
    await devices.subscribeAsync(downTopic('d1', 'desired'), { qos: 1 });
    await send(birth('d1'));
    await begin('signed', ['d1']);
    expect(await until(() => received.length > 0, 20_000)).toBe(true);
    const { publicKey } = readKeyFile(disk, join(fleet(), onlineKeyPath('director')));
    const { sha256, length, target, counter } = release(2);
    const custom = { group: 'chest-demo', counter };
    const judged = await judgeAssignment(received[0]!, {
      device: 'd1',
      director: { schema: 1, threshold: 1, keys: [publicKey] },
      now: systemClock.now(),
      memory: { seq: 0, digest: '', groups: {} },
      find: async () => ({ path: target, length, hashes: { sha256 }, custom }) as never,
    });
    expect(judged).toMatchObject({ mode: 'install', device: 'd1', wave: 'signed/1' });
  });

  it('ignores what is no message, and goes on', async () => {
    await devices.publishAsync('v1/d1/up/telemetry', '{"no": "message"}', { qos: 1 });
    await devices.publishAsync('v1/d1/up/telemetry', Buffer.alloc(10), { qos: 1 });
    await send(telemetry('d1', 1));
    expect(await until(async () => (await store.messages('telemetry', 0)).length === 1)).toBe(true);
  });

  const another = (clientId: string) =>
    new FleetService({
      clock: systemClock,
      store,
      broker: { url, clientId },
      director: readKeyFile(disk, join(fleet(), onlineKeyPath('director'))),
      log: () => undefined,
    });

  it('leaves nothing waiting for a service that is taken away for good', async () => {
    const gone = another('fleet-2');
    gone.start();
    expect(await until(() => gone.isConnected)).toBe(true);
    expect(await until(async () => (await store.services()).length === 2)).toBe(true);
    await gone.stop();
    for (let seq = 1; seq <= 100; seq += 1) await send(telemetry('d1', seq));
    const kept = async () => (await store.messages('telemetry', 0)).length;
    expect(await until(async () => (await kept()) >= 50)).toBe(true);
    expect(await another('fleet-2').retire()).toBeGreaterThan(0);
    expect(await kept()).toBe(100);
    expect((await store.services()).map(({ name }) => name)).toEqual(['fleet-1']);
    for (let seq = 101; seq <= 200; seq += 1) await send(telemetry('d1', seq));
    expect(await until(async () => (await kept()) === 200)).toBe(true);
  });

  it('keeps all that was said while the service was away', async () => {
    await service.stop();
    for (let seq = 1; seq <= 300; seq += 1) await send(telemetry('d1', seq));
    service = another('fleet-1');
    service.start();
    const kept = async () => (await store.messages('telemetry', 0)).length;
    expect(await until(async () => (await kept()) === 300)).toBe(true);
  });
});

describeWith(['mosquitto', postgresProgram], 'two fleet services on one PostgreSQL', () => {
  let postgres: Postgres;
  const children: ChildProcess[] = [];
  beforeEach(async () => {
    postgres = await startPostgres();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await ended;
      }
    }
    await postgres.stop();
  });

  async function serve(name: string): Promise<ChildProcess> {
    const args = ['fleet', 'serve', '--name', name, '--broker', url, '--folder', fleet()];
    const env = { ...process.env, DATABASE_URL: postgres.url };
    const child = spawn(process.execPath, [launcher, ...args], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    let said = '';
    child.stdout?.on('data', (text) => (said += String(text)));
    expect(await until(() => said.includes('connected to the broker'), 90_000)).toBe(true);
    return child;
  }

  it('lose nothing and keep nothing twice when one is killed', async () => {
    const first = await serve('fleet-1');
    await serve('fleet-2');
    const store = await openStore(postgres.url);
    const count = 2000;
    const sent: Promise<unknown>[] = [];
    for (let seq = 1; seq <= count; seq += 1) {
      sent.push(send(telemetry(`d${seq % 20}`, seq)));
      if (seq === count / 2) first.kill('SIGKILL');
      if (seq % 100 === 0) await Promise.all(sent.splice(0));
    }
    await serve('fleet-1');
    const kept = async () => (await store.messages('telemetry', 0)).length;
    const all = await until(async () => (await kept()) >= count, 30_000);
    expect([all, await kept()]).toEqual([true, count]);
    await store.close();
  });
});

describeWith(['mosquitto'], 'whoever steers a fleet', () => {
  it('refuses commands that are called wrongly, and says how', async () => {
    for (const verb of ['rollout', 'pause', 'pin', 'revoke', 'evidence', 'serve']) {
      expect((await command(verb)).code).toBe(2);
      expect(await command(verb, '--help')).toMatchObject({
        code: 0,
        text: expect.stringContaining('Usage:'),
      });
    }
    expect((await steer('pause', '--rollout', 'none')).code).toBe(1);
  });

  it('rehearses a rollout: the exact devices, and for every other why not', async () => {
    const bundle = join(folder.path, 'bundle');
    cpSync(join(import.meta.dirname, '..', 'models', 'bundles', 'chest-demo', '1.0.0'), bundle, {
      recursive: true,
    });
    const passphrase = ['--passphrase-file', join(folder.path, 'passphrase')];
    const key = join(fleet(), 'keys', 'family-chest-demo-1.key');
    await command('publish', '--folder', fleet(), '--bundle', bundle);
    await command(
      'sign',
      '--folder',
      fleet(),
      '--role',
      'models.chest-demo',
      '--key',
      key,
      ...passphrase,
    );
    expect((await command('publish', '--folder', fleet())).code).toBe(0);
    const store = await openStore(database());
    const now = systemClock.now();
    await store.keepMessages([birth('a'), birth('b'), birth('c')], now);
    await store.close();
    const sites = join(folder.path, 'sites.csv');
    writeFileSync(sites, 'a,north\nb, north\n');
    expect((await steer('devices', '--sites', sites)).text).toMatch(/^a +north/m);
    await steer('pin', '--device', 'c', '--because', 'study');
    const what = [
      '--name',
      'spring',
      '--folder',
      fleet(),
      '--family',
      'chest-demo',
      '--version',
      '1.0.0',
    ];
    const rehearsal = await steer('rollout', ...what, '--dry-run');
    expect(rehearsal.text).toContain('spring would take 2 devices in 2 waves and leaves out 1.');
    expect(rehearsal.text).toContain('not      c: pinned: study');
    expect((await steer('status')).text).toBe('There is no rollout.');
    const begun = JSON.parse((await steer('rollout', ...what, '--json')).text);
    expect(
      begun.chosen
        .map(({ device }: { device: string }) => device)
        .toSorted((x: string, y: string) => x.localeCompare(y)),
    ).toEqual(['a', 'b']);
    expect((await steer('status', '--json')).text).toContain('"state":"planned"');
    expect((await steer('revoke', '--device', 'a')).text).toBe('a is revoked.');
  });
});
