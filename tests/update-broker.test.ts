import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { ManualClock } from '../device/manual-clock.ts';
import { blobOf } from '../ota/agent/blob.ts';
import { download } from '../ota/agent/download.ts';
import { RepositorySource } from '../ota/agent/repository-source.ts';
import { patience } from '../ota/agent/repository-way.ts';
import { describe as describeTarget } from '../ota/fleet/metadata.ts';
import { FileDesk } from '../ota/fleet/service/file-desk.ts';
import { FleetService } from '../ota/fleet/service/fleet-service.ts';
import { originSource } from '../ota/fleet/service/origin-source.ts';
import { createSigningKey } from '../ota/fleet/signing-key.ts';
import { openStore } from '../ota/fleet/store/open-store.ts';
import { MqttAgent } from '../ota/mqtt/agent.ts';
import { brokerChunks } from '../ota/mqtt/broker-files.ts';
import { dialBroker } from '../ota/mqtt/broker-link.ts';
import { folderSource } from '../ota/mqtt/file-service.ts';
import { MessageQueue } from '../ota/mqtt/message-queue.ts';
import { openQueueDatabase } from '../ota/mqtt/queue-database.ts';
import { storedName } from '../ota/trust/target.ts';
import { AgentDevice, agentRepository, assignRelease } from './agent-device.ts';
import type { Identity } from './certificates.ts';
import { ChaosProxy } from './chaos-proxy.ts';
import { describeWith, freePort } from './outside.ts';
import { DeviceBroker } from './peers/device-broker.ts';
import { temporaryFolder } from './peers/process.ts';
import { Random } from './random-pdu.ts';
import { serve } from './update-site.ts';

const waits = { timeout: 30_000, interval: 50 };
/** Bytes a second of the fleet's side: what is cut after one to three megabytes is cut every few hundred milliseconds. */
const rate = 8 << 20;

describeWith(['mosquitto', 'openssl'], 'a repository through the broker as it is shipped', () => {
  const folder = temporaryFolder();
  let broker: DeviceBroker;
  let device: Identity;
  let manager: Identity;

  beforeAll(async () => {
    broker = await DeviceBroker.start(folder.path);
    [device, manager] = [
      await broker.authority.issue('ct-1'),
      await broker.authority.issue('fleet-1'),
    ];
  }, 60_000);

  afterAll(async () => {
    await broker?.stop();
    folder.remove();
  });

  const tlsOf = ({ certificate, key }: Identity) => ({
    ca: broker.authority.certificate,
    cert: certificate,
    key,
  });

  async function startFleet(files: FileDesk): Promise<void> {
    const { path, remove } = temporaryFolder();
    const store = await openStore(join(path, 'fleet.db'));
    const service = new FleetService({
      clock: systemClock,
      store,
      broker: { url: broker.url, clientId: 'fleet-1', tls: tlsOf(manager) },
      director: createSigningKey(),
      files,
      log: () => undefined,
    });
    service.start();
    onTestFinished(async () => {
      await service.stop();
      await store.close();
      remove();
    });
    await expect.poll(() => service.isConnected, waits).toBe(true);
  }

  /** A device that tries again at once where its connection breaks. */
  function startDevice(url: string): MqttAgent {
    const { path, remove } = temporaryFolder();
    const database = openQueueDatabase(join(path, 'mqtt.db'), 'secret', disk, () => undefined);
    const agent = new MqttAgent({
      device: 'ct-1',
      queue: new MessageQueue({ database, clock: systemClock, quotaBytes: 1e6 }),
      clock: systemClock,
      random: () => 0,
      dial: (will, events) =>
        dialBroker(
          { url, tls: tlsOf(device), clientId: 'ct-1', sessionSeconds: 3600, will },
          events,
        ),
      birth: () => ({ software: '1', node: '24', arch: 'x64', keys: 'file', models: [] }),
      models: () => [],
      desired: () => undefined,
      commands: {},
      log: () => undefined,
    });
    agent.start();
    onTestFinished(async () => {
      await agent.close();
      remove();
    });
    return agent;
  }

  it('brings a device up to date that reaches nothing else, metadata and all', async () => {
    const published = agentRepository(randomBytes(300_000));
    const served = new Map<string, Buffer>();
    for (const [name, bytes] of published.repository.files) served.set(`/metadata/${name}`, bytes);
    for (const [name, bytes] of published.chunks.files) served.set(`/targets/${name}`, bytes);
    await startFleet(new FileDesk(originSource(await serve(served)), rate));
    const { files } = startDevice(broker.url);
    await expect.poll(() => files.isReachable, waits).toBe(true);
    const clock = new ManualClock();
    const ways: string[] = [];
    const source = new RepositorySource({
      address: `http://127.0.0.1:${await freePort()}`,
      clock,
      broker: files,
      changed: (what, way) => ways.push(`${what} ${way}`),
    });
    onTestFinished(() => source.close());
    const repository = {
      files: published.repository.files,
      fetch: (name: string, longest: number) => source.fetch(name, longest),
    };
    const updated = new AgentDevice({ repository, chunks: source });
    const [first] = published.releases;
    await updated.carryOut(assignRelease(published, first));
    expect([updated.state, ways]).toEqual([undefined, []]);
    for (const way of ['metadata broker', 'targets broker']) {
      clock.advance(patience);
      await updated.agent.work();
      expect(ways.at(-1)).toBe(way);
      clock.advance(patience);
      await updated.agent.work();
    }
    expect(updated.host.answers.hash).toBe(first.sha256);
    expect(ways).toEqual(['metadata broker', 'targets broker']);
  });

  it('costs less than a twentieth more where the link is cut every few hundred milliseconds, and no byte is wrong', async () => {
    const bytes = randomBytes((40 << 20) + 17);
    const path = 'models/chest/1.0.0/model.onnx';
    const target = { path, ...describeTarget(bytes) };
    const blob = blobOf({ ...target, custom: {} } as unknown as Parameters<typeof blobOf>[0]);
    const place = join(folder.path, 'repository', 'targets', storedName(target));
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, bytes);
    await startFleet(new FileDesk(folderSource(disk, join(folder.path, 'repository')), rate));
    const proxy = await ChaosProxy.start(broker.port);
    onTestFinished(() => proxy.close());
    const random = new Random(1);
    proxy.cutEach(() => (1 << 20) + random.below(2 << 20));
    const { files } = startDevice(`mqtts://localhost:${new URL(proxy.url).port}`);
    await expect.poll(() => files.isReachable, waits).toBe(true);
    const fetched = join(folder.path, 'fetched');
    await download({ files: disk, doubted: new Set(), source: brokerChunks(files) }, blob, fetched);
    expect(disk.readBytes(fetched).equals(bytes)).toBe(true);
    expect(proxy.cuts).toBeGreaterThan(8);
    expect(proxy.carried / bytes.length).toBeLessThan(1.05);
  }, 120_000);
});
