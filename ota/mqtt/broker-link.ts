import mqtt, { type MqttClient } from 'mqtt';
import { ScansideError } from '../../device/errors.ts';

/** Where the broker is, and how both sides show who they are. */
export interface BrokerSettings {
  /** `mqtts://host:port`; `mqtt://` for a broker of this machine in tests. */
  url: string;
  tls?: {
    /** PEM: who signs the broker's certificate; own certificate; its key. */
    ca: string;
    cert: string;
    key: string;
    /** Name that the broker's certificate must bear, where that is not its host. */
    servername?: string | undefined;
  };
  /** The same name takes over the connection and what waits for it. */
  clientId: string;
  /** How long the broker keeps what comes for it while it is away. */
  sessionSeconds: number;
  will?: { topic: string; payload: Buffer; schema: string } | undefined;
}

/** How a message goes out. */
export interface PublishOptions {
  /** Name of the message, for the user property `schema`. */
  schema: string;
  json?: boolean;
  retain?: boolean;
  /** It may have been sent before. */
  again?: boolean;
  correlation?: Buffer | undefined;
  responseTopic?: string;
  expirySeconds?: number;
}

export interface Incoming {
  topic: string;
  payload: Buffer;
  retained: boolean;
  schema: string | undefined;
  correlation: Buffer | undefined;
  responseTopic: string | undefined;
  /** Its sender says that it may have come before. */
  again: boolean;
}

export interface LinkEvents {
  received(message: Incoming): void;
  /** Told once, after the connection was made. */
  lost(because: string): void;
}

/** `nobody`: the broker has it and nobody has subscribed to it, so it is gone. */
export type Taken = 'taken' | 'nobody';

/** One connection to a broker; a new one is dialled when it has ended. */
export interface BrokerLink {
  /** Resolves when the broker has taken it (QoS 1). Rejects with MQTT_REFUSED and MQTT_UNREACHABLE. */
  publish(topic: string, payload: Buffer, options: PublishOptions): Promise<Taken>;
  /** QoS 1. That it resolves does not mean that anything may be read there. */
  subscribe(filters: readonly string[]): Promise<void>;
  /** Takes leave of the broker. Never rejects. */
  end(): Promise<void>;
}

const connectMs = 20_000;
const keepaliveSeconds = 30;
/** Messages that may be on their way to us at once: the window of files and some more. */
const receiveMaximum = 16;
/** MQTT 5, 2.4: the broker took it and nobody has subscribed. */
const noMatchingSubscribers = 0x10;

/** Connects by MQTT 5. Rejects with MQTT_UNREACHABLE. The library's own queue is never used: it would die with us. */
export function dialBroker(settings: BrokerSettings, events: LinkEvents): Promise<BrokerLink> {
  const client = mqtt.connect(settings.url, optionsOf(settings));
  return new Promise((resolve, reject) => {
    let because = 'the connection was closed';
    let link: Link | undefined;
    client.on('error', ({ message }) => (because = message));
    client.on('connect', () => {
      link = new Link(client);
      resolve(link);
    });
    client.on('message', (topic, payload, { retain, properties = {} }) =>
      events.received({
        topic,
        payload,
        retained: retain,
        schema: property(properties.userProperties?.['schema']),
        correlation: properties.correlationData,
        responseTopic: properties.responseTopic,
        again: properties.userProperties?.['again'] === 'true',
      }),
    );
    client.on('disconnect', ({ reasonCode }) => (because = `the broker says ${reasonCode}`));
    client.once('close', () => {
      client.end(true);
      reject(new ScansideError('MQTT_UNREACHABLE', because));
      if (link && !link.isEnding) events.lost(because);
    });
  });
}

function optionsOf({ tls, clientId, sessionSeconds, will }: BrokerSettings): mqtt.IClientOptions {
  return {
    protocolVersion: 5,
    clientId,
    clean: false,
    reconnectPeriod: 0,
    connectTimeout: connectMs,
    keepalive: keepaliveSeconds,
    queueQoSZero: false,
    resubscribe: false,
    properties: { sessionExpiryInterval: sessionSeconds, receiveMaximum },
    ...(will && {
      will: {
        topic: will.topic,
        payload: will.payload,
        qos: 1,
        retain: true,
        properties: propertiesOf({ schema: will.schema }),
      },
    }),
    ...(tls && { ...tls, servername: tls.servername ?? '', rejectUnauthorized: true }),
  };
}

/** The properties of a message that goes out (MQTT 5, 3.3.2.3). */
export function propertiesOf(options: PublishOptions) {
  const { schema, json = true, again, correlation, responseTopic, expirySeconds } = options;
  return {
    contentType: json ? 'application/json' : 'application/octet-stream',
    userProperties: { schema, ...(again && { again: 'true' }) },
    ...(correlation && { correlationData: correlation }),
    ...(responseTopic !== undefined && { responseTopic }),
    ...(expirySeconds !== undefined && { messageExpiryInterval: expirySeconds }),
  };
}

function property(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}

class Link implements BrokerLink {
  isEnding = false;
  readonly #client: MqttClient;
  /** Numbers of packets that nobody had subscribed to. */
  readonly #unheard = new Set<number>();

  constructor(client: MqttClient) {
    this.#client = client;
    client.on('packetreceive', (packet) => {
      if (packet.cmd === 'puback' && packet.reasonCode === noMatchingSubscribers)
        this.#unheard.add(packet.messageId ?? 0);
    });
  }

  publish(topic: string, payload: Buffer, options: PublishOptions): Promise<Taken> {
    const { retain = false } = options;
    return new Promise((resolve, reject) => {
      this.#client.publish(
        topic,
        payload,
        { qos: 1, retain, properties: propertiesOf(options) },
        (error, packet) => {
          if (error) return reject(asOurs(error, topic));
          const number = packet && 'messageId' in packet ? (packet.messageId ?? 0) : 0;
          resolve(this.#unheard.delete(number) ? 'nobody' : 'taken');
        },
      );
    });
  }

  async subscribe(filters: readonly string[]): Promise<void> {
    try {
      await this.#client.subscribeAsync([...filters], { qos: 1 });
    } catch (error) {
      throw asOurs(error as Error, filters.join(' '));
    }
  }

  async end(): Promise<void> {
    this.isEnding = true;
    await this.#client.endAsync().catch(() => undefined);
  }
}

function asOurs(error: Error & { code?: unknown }, topic: string): ScansideError {
  const code = typeof error.code === 'number' ? 'MQTT_REFUSED' : 'MQTT_UNREACHABLE';
  return new ScansideError(code, `${topic}: ${error.message}`, { cause: error });
}
