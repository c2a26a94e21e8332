import type { IPublishPacket } from 'mqtt-packet';
import { type Clock, sleep } from '../../../device/clock.ts';
import { messages, readMessage } from '../../mqtt/contract.ts';
import { fileRequests } from '../../mqtt/file-service.ts';
import { downTopic, parseTopic, upFilter } from '../../mqtt/topics.ts';
import { type SigningKey } from '../signing-key.ts';
import type { FleetStore } from '../store/fleet-store.ts';
import { type DeviceMessage, keptTopics } from '../store/message-store.ts';
import { BrokerConnection, type BrokerOptions } from './broker-connection.ts';
import type { FileDesk } from './file-desk.ts';
import { stepRollout } from './rollout-steps.ts';

export interface FleetServiceOptions {
  clock: Clock;
  store: FleetStore;
  broker: BrokerOptions;
  director: SigningKey;
  /** Where the repository's files are, for devices that reach the broker alone; none are sent without. */
  files?: FileDesk | undefined;
  log(level: 'info' | 'warn', event: string, fields?: Record<string, unknown>): void;
}

/** Name of the group whose services share the messages of all devices (MQTT 5, 4.8.2). */
const group = '$share/fleet';
/** Messages of one transaction. */
const batchSize = 500;
/** Milliseconds between looks at the rollouts, and before a broken connection is tried again. */
const pace = 1000;
/** Milliseconds between deletions of old telemetry, and how old it may be. */
const forgetEvery = 3600_000;
const keepTelemetry = 7 * 24 * 3600_000;

/**
 * Keeps what devices say and advances rollouts. Several may run on one database and one broker, each with a name of its own;
 * any of them may be killed at any moment: what it had not kept comes again, what it had kept is not kept twice.
 */
export class FleetService {
  readonly #options: FleetServiceOptions;
  readonly #pending: { packet: IPublishPacket; from: BrokerConnection }[] = [];
  #connection: BrokerConnection | undefined;
  #keeping: Promise<void> | undefined;
  #isStopped = false;
  #loops: Promise<unknown> = Promise.resolve();

  constructor(options: FleetServiceOptions) {
    this.#options = options;
  }

  /** Begins; what fails for now is tried again by itself. */
  start(): void {
    this.#loops = Promise.all([
      this.#repeat(pace, () => this.#stayConnected()),
      this.#repeat(pace, () => this.#advance()),
      this.#repeat(forgetEvery, () => this.#forget()),
    ]);
  }

  /** Whether the broker is connected. */
  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  /** Ends; what was not acknowledged waits at the broker. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#connection?.close();
    await this.#keeping;
    await this.#loops;
  }

  async #repeat(ms: number, work: () => Promise<unknown>): Promise<void> {
    while (!this.#isStopped) {
      try {
        await work();
      } catch (error) {
        this.#options.log('warn', 'fleet service tries again', { error: String(error) });
      }
      for (let left = ms; left > 0 && !this.#isStopped; left -= pace) await this.#wait(pace);
    }
  }

  #wait(ms: number): Promise<void> {
    return sleep(this.#options.clock, ms);
  }

  async #stayConnected(): Promise<void> {
    if (this.#connection || this.#isStopped) return;
    const { broker, clock, files, log } = this.#options;
    const connection = await BrokerConnection.open(broker, clock, {
      message: (packet, from) => this.#take(packet, from),
      closed: () => {
        this.#connection = undefined;
        this.#pending.length = 0;
      },
    });
    const kept = keptTopics.map((topic) => `${group}/${upFilter(topic)}`);
    await connection.subscribe(files ? [...kept, fileRequests] : kept);
    this.#connection = connection;
    log('info', 'connected to the broker', { broker: broker.url, name: broker.clientId });
  }

  #take(packet: IPublishPacket, from: BrokerConnection): void {
    const { files, clock } = this.#options;
    if (files && parseTopic(packet.topic)?.name === 'file') {
      from.acknowledge([packet]);
      return files.answer(packet, from, clock);
    }
    this.#pending.push({ packet, from });
    this.#keeping ??= this.#keepAll();
  }

  /** Ends only where nothing waits, in the same breath: whatever comes later begins anew. */
  async #keepAll(): Promise<void> {
    // What the same packet of the network brings is kept together.
    await Promise.resolve();
    while (this.#pending.length > 0 && (await this.#keepBatch()));
    this.#keeping = undefined;
  }

  /** Keeps many messages at once, and says so to the broker only then. Tells whether they were kept. */
  async #keepBatch(): Promise<boolean> {
    const { store, clock, log } = this.#options;
    const batch = this.#pending.splice(0, batchSize);
    const from = batch[0]!.from;
    const read = batch.flatMap(({ packet }) => this.#read(packet));
    try {
      if (read.length > 0) await store.keepMessages(read, clock.now());
    } catch (error) {
      // The broker sends everything again to the next connection.
      log('warn', 'messages could not be kept', { error: String(error) });
      from.close();
      return false;
    }
    from.acknowledge(batch.map(({ packet }) => packet));
    return true;
  }

  #read({ topic, payload }: IPublishPacket): DeviceMessage[] {
    const parts = parseTopic(topic);
    const entry = Object.entries(messages).find(
      ([, { topic: of }]) => of.direction === 'up' && of.name === parts?.name,
    );
    if (!parts || !entry) return [];
    try {
      const message = readMessage(entry[0] as keyof typeof messages, Buffer.from(payload));
      return [{ device: parts.device, topic: parts.name, message } as DeviceMessage];
    } catch (error) {
      this.#options.log('warn', 'a message was ignored', { topic, error: String(error) });
      return [];
    }
  }

  async #advance(): Promise<void> {
    const { store, director, clock } = this.#options;
    const open = (await store.rollouts()).filter(({ state }) => state !== 'rolled-back');
    for (const { name } of open)
      while (!this.#isStopped)
        if (!(await stepRollout(store, await store.rollout(name), director, clock.now()))) break;
    await this.#publish();
  }

  async #publish(): Promise<void> {
    const connection = this.#connection;
    if (!connection) return;
    for (const { device, seq, envelope } of await this.#options.store.unpublished(batchSize)) {
      const options = { schema: 'desired', retain: true };
      await connection.publish(downTopic(device, 'desired'), Buffer.from(envelope), options);
      await this.#options.store.markPublished(device, seq);
    }
  }

  async #forget(): Promise<void> {
    await this.#options.store.forgetTelemetry(this.#options.clock.now() - keepTelemetry);
  }
}
