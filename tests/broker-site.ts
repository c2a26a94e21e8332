import { join } from 'node:path';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import type { FileDesk } from '../ota/fleet/service/file-desk.ts';
import { FleetService } from '../ota/fleet/service/fleet-service.ts';
import { createSigningKey } from '../ota/fleet/signing-key.ts';
import { openStore } from '../ota/fleet/store/open-store.ts';
import { MqttAgent } from '../ota/mqtt/agent.ts';
import { dialBroker } from '../ota/mqtt/broker-link.ts';
import { MessageQueue } from '../ota/mqtt/message-queue.ts';
import { openQueueDatabase } from '../ota/mqtt/queue-database.ts';
import type { Identity } from './certificates.ts';
import type { DeviceBroker } from './peers/device-broker.ts';
import { temporaryFolder, until } from './peers/process.ts';

/** A fleet service and a device that sends and asks files through a broker, each with a folder of its own. */
export class BrokerSite {
  readonly #broker: DeviceBroker;
  readonly #endings: (() => unknown)[] = [];

  constructor(broker: DeviceBroker) {
    this.#broker = broker;
  }

  /** Starts the fleet's side; resolves when it is connected. */
  async startFleet(files: FileDesk): Promise<void> {
    const tls = this.#tlsOf(await this.#broker.authority.issue('fleet-1'));
    const { path, remove } = temporaryFolder();
    const store = await openStore(join(path, 'fleet.db'));
    const service = new FleetService({
      clock: systemClock,
      store,
      broker: { url: this.#broker.url, clientId: 'fleet-1', tls },
      director: createSigningKey(),
      files,
      log: () => undefined,
    });
    service.start();
    this.#endings.push(
      () => service.stop(),
      () => store.close(),
      remove,
    );
    if (!(await until(() => service.isConnected, 30_000))) throw new Error('no broker');
  }

  /** Starts a device that tries again at once where its connection breaks; resolves when it is connected. */
  async startDevice(url = this.#broker.url): Promise<MqttAgent> {
    const tls = this.#tlsOf(await this.#broker.authority.issue('ct-1'));
    const { path, remove } = temporaryFolder();
    const database = openQueueDatabase(join(path, 'mqtt.db'), '00'.repeat(32), disk, () => {});
    const settings = { url, tls, clientId: 'ct-1', sessionSeconds: 3600 };
    const agent = new MqttAgent({
      device: 'ct-1',
      queue: new MessageQueue({ database, clock: systemClock, quotaBytes: 1e6 }),
      clock: systemClock,
      random: () => 0,
      dial: (will, events) => dialBroker({ ...settings, will }, events),
      birth: () => ({ software: '1', node: '24', arch: 'x64', keys: 'file', models: [] }),
      models: () => [],
      desired: () => undefined,
      commands: {},
      log: () => undefined,
    });
    agent.start();
    this.#endings.push(() => agent.close(), remove);
    if (!(await until(() => agent.files.isReachable, 30_000))) throw new Error('no broker');
    return agent;
  }

  async stop(): Promise<void> {
    for (const end of this.#endings) await end();
  }

  #tlsOf({ certificate, key }: Identity) {
    return { ca: this.#broker.authority.certificate, cert: certificate, key };
  }
}
