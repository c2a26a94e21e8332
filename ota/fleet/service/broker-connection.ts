import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { generate, type IPublishPacket, type Packet, parser } from 'mqtt-packet';
import type { Clock } from '../../../device/clock.ts';
import { ScansideError } from '../../../device/errors.ts';
import { propertiesOf, type PublishOptions, type Taken } from '../../mqtt/broker-link.ts';

export interface BrokerOptions {
  /** `mqtts://HOST:PORT`, or `mqtt://HOST:PORT` for a broker on this machine. */
  url: string;
  /** Name of the session at the broker: it keeps what was not acknowledged while the service is away. */
  clientId: string;
  /** PEM; for `mqtts`. */
  tls?: { ca: string; cert: string; key: string; servername?: string } | undefined;
}

export interface BrokerEvents {
  /** A message; it is acknowledged by `acknowledge` once it is kept, and comes again otherwise. */
  message(packet: IPublishPacket, from: BrokerConnection): void;
  /** The connection is over, for whatever reason. */
  closed(): void;
}

const protocol = { protocolId: 'MQTT', protocolVersion: 5 } as const;
const keepAliveSeconds = 30;
/** Seconds for which the broker keeps what waits for a service that is away: time for somebody to come from holiday. */
const sessionSeconds = 30 * 24 * 3600;
/** Messages that may be on their way before one is acknowledged. */
const window = 1000;

/**
 * One connection to the broker (MQTT 5). Client libraries acknowledge one message after the other; here many are kept by one
 * transaction and then acknowledged, which is what makes thousands a second durable.
 */
export class BrokerConnection {
  readonly #socket: Socket;
  readonly #waiting = new Map<string, Pick<PromiseWithResolvers<Packet>, 'resolve' | 'reject'>>();
  readonly #clock: Clock;
  readonly #events: BrokerEvents;
  #nextId = 0;
  #isClosed = false;

  private constructor(socket: Socket, clock: Clock, events: BrokerEvents) {
    this.#socket = socket;
    this.#clock = clock;
    this.#events = events;
    const parse = parser(protocol).on('packet', (packet: Packet) => this.#take(packet));
    parse.on('error', () => socket.destroy());
    socket.on('data', (bytes: Buffer) => parse.parse(bytes));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#isClosed = true;
      this.#giveUp();
      events.closed();
    });
  }

  /** Connects, with the session that was left before. Throws FLEET_BROKER_FAILED. */
  static async open(
    options: BrokerOptions,
    clock: Clock,
    events: BrokerEvents,
  ): Promise<BrokerConnection> {
    const connection = new BrokerConnection(await openSocket(options), clock, events);
    const answer = connection.#answer('connack');
    connection.#send({
      cmd: 'connect',
      ...protocol,
      clientId: options.clientId,
      clean: false,
      keepalive: keepAliveSeconds,
      properties: { sessionExpiryInterval: sessionSeconds, receiveMaximum: window },
    });
    const packet = await answer;
    if (packet.cmd !== 'connack' || packet.reasonCode !== 0) {
      connection.#socket.destroy();
      throw new ScansideError('FLEET_BROKER_FAILED', 'the broker refused the connection');
    }
    connection.#ping();
    return connection;
  }

  /** Subscribes with QoS 1. Throws FLEET_BROKER_FAILED. */
  async subscribe(topics: readonly string[]): Promise<void> {
    const messageId = this.#id();
    const answer = this.#answer(`suback ${messageId}`);
    const subscriptions = topics.map((topic) => ({ topic, qos: 1 as const }));
    this.#send({ cmd: 'subscribe', messageId, subscriptions });
    await answer;
  }

  /** Takes subscriptions back; what waits for the session already still comes. Throws FLEET_BROKER_FAILED. */
  async unsubscribe(topics: readonly string[]): Promise<void> {
    const messageId = this.#id();
    const answer = this.#answer(`unsuback ${messageId}`);
    this.#send({ cmd: 'unsubscribe', messageId, unsubscriptions: [...topics] });
    await answer;
  }

  /** Publishes with QoS 1; resolves when the broker has it. Throws FLEET_BROKER_FAILED. */
  async publish(topic: string, payload: Buffer, options: PublishOptions): Promise<Taken> {
    const messageId = this.#id();
    const answer = this.#answer(`puback ${messageId}`);
    const { retain = false } = options;
    const head = { cmd: 'publish', topic, messageId, qos: 1, dup: false, retain } as const;
    this.#send({ ...head, payload, properties: propertiesOf(options) });
    const packet = await answer;
    if (packet.cmd === 'puback' && (packet.reasonCode ?? 0) < 0x80) return 'taken';
    throw new ScansideError('FLEET_BROKER_FAILED', `the broker refused ${topic}`);
  }

  /** Tells the broker that messages are kept. */
  acknowledge(packets: readonly Pick<IPublishPacket, 'messageId'>[]): void {
    if (this.#isClosed) return;
    const acks = packets.flatMap(({ messageId }) =>
      messageId ? [generate({ cmd: 'puback', messageId, reasonCode: 0 }, protocol)] : [],
    );
    this.#socket.write(Buffer.concat(acks));
  }

  /** Ends the session: the broker keeps nothing for this name any more. */
  leave(): void {
    const properties = { sessionExpiryInterval: 0 };
    this.#socket.end(generate({ cmd: 'disconnect', reasonCode: 0, properties }, protocol));
  }

  /** Breaks off; what was not acknowledged comes again. */
  close(): void {
    this.#socket.destroy();
  }

  #take(packet: Packet): void {
    if (packet.cmd === 'publish') return this.#events.message(packet, this);
    const key = 'messageId' in packet ? `${packet.cmd} ${packet.messageId}` : packet.cmd;
    this.#waiting.get(key)?.resolve(packet);
    this.#waiting.delete(key);
  }

  #answer(key: string): Promise<Packet> {
    const { promise, ...settle } = Promise.withResolvers<Packet>();
    this.#waiting.set(key, settle);
    if (this.#isClosed) this.#giveUp();
    return promise;
  }

  #giveUp(): void {
    const error = new ScansideError('FLEET_BROKER_FAILED', 'the connection has ended');
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  #ping(): void {
    this.#clock.after(keepAliveSeconds * 500, () => {
      if (this.#isClosed) return;
      this.#send({ cmd: 'pingreq' });
      this.#ping();
    });
  }

  #send(packet: Packet): void {
    this.#socket.write(generate(packet, protocol));
  }

  #id(): number {
    this.#nextId = (this.#nextId % 0xffff) + 1;
    return this.#nextId;
  }
}

function openSocket({ url, tls }: BrokerOptions): Promise<Socket> {
  const { protocol: scheme, hostname: host, port } = new URL(url);
  const isSecure = scheme === 'mqtts:';
  const place = { host, port: Number(port || (isSecure ? 8883 : 1883)) };
  return new Promise((resolve, reject) => {
    const socket = isSecure
      ? connectTls({ ...place, ...tls }, () => resolve(socket))
      : connectPlain({ ...place, noDelay: true }, () => resolve(socket));
    socket.once('error', (cause) =>
      reject(new ScansideError('FLEET_BROKER_FAILED', String(cause), { cause })),
    );
  });
}
