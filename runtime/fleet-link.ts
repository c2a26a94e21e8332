import { join } from 'node:path';
import process from 'node:process';
import { readCheckpoint } from '../audit/checkpoint.ts';
import { decodeRecord } from '../audit/record.ts';
import type { Cancel } from '../device/clock.ts';
import type { Bundle } from '../models/bundle.ts';
import { MqttAgent } from '../ota/mqtt/agent.ts';
import { dialBroker } from '../ota/mqtt/broker-link.ts';
import type { UpdateReport } from '../ota/agent/journal.ts';
import { deviceIdOf } from '../ota/mqtt/device-id.ts';
import type { FileClient } from '../ota/mqtt/file-client.ts';
import { MessageQueue } from '../ota/mqtt/message-queue.ts';
import { openQueueDatabase } from '../ota/mqtt/queue-database.ts';
import type { ApplianceOptions } from './appliance.ts';
import { activeConditions } from './device-conditions.ts';
import type { DetailFacts } from './device-detail.ts';
import { ExamTally } from './exam-tally.ts';
import { serveMetrics } from './metrics.ts';
import type { Result } from './spool/study-ledger.ts';
import type { Storage } from './storage.ts';
import { describeTelemetry, type TelemetryBody } from './telemetry.ts';
import { readBroker } from './tls-files.ts';

export interface FleetLinkParts {
  options: ApplianceOptions;
  storage: Pick<Storage, 'root' | 'keyLevel'>;
  bundles: readonly Bundle[];
  /** How the device stands now. */
  facts(): DetailFacts & { undelivered: number };
  /** A signed assignment has come; tells whether it is looked at. */
  assigned(envelope: Buffer): boolean;
  /** The fleet asks the device to look for updates now. */
  checkUpdates(): void;
}

/** For how long the broker keeps commands for a device that is away. */
const sessionSeconds = 3600;
/** How often conditions are looked at, to tell those that begin and end. */
const lookMs = 5000;

/** What the appliance tells of itself: the fleet’s side where a broker is configured, Prometheus where it is asked for. */
export class FleetLink {
  readonly #parts: FleetLinkParts;
  readonly #agent: MqttAgent | undefined;
  /** Name of the device for the fleet; undefined without a broker. */
  readonly device: string | undefined;
  readonly #queue: MessageQueue | undefined;
  readonly #tally: ExamTally;
  readonly #raised = new Map<string, 'high' | 'medium' | 'low'>();
  #cancelTelemetry: Cancel | undefined;
  #cancelLook: Cancel | undefined;
  #endMetrics: (() => Promise<void>) | undefined;

  /** Throws CONFIG_INVALID and MQTT_IDENTITY_UNUSABLE. */
  constructor(parts: FleetLinkParts) {
    this.#parts = parts;
    const { configuration, files } = parts.options;
    const broker = readBroker(configuration, files);
    this.device = broker && deviceIdOf(broker.tls.cert);
    this.#queue = broker && this.#openQueue(broker.queueMegabytes);
    this.#tally = new ExamTally(parts.bundles, this.#queue);
    this.#agent = broker && this.#queue && this.#connect(this.#queue, broker);
  }

  /** Reads the repository's files through the broker; undefined without one. */
  get files(): FileClient | undefined {
    return this.#agent?.files;
  }

  /** Rejects with PORT_IN_USE. */
  async start(): Promise<void> {
    const { metrics } = this.#parts.options.configuration;
    if (metrics) this.#endMetrics = await serveMetrics(metrics.port, () => this.#telemetry());
    if (!this.#agent) return;
    this.#safely(() => this.#agent?.tell('event', { event: 'started' }));
    this.#agent.start();
    this.#look();
    this.#report();
  }

  /** What waits is sent after the next start. */
  async close(): Promise<void> {
    this.#cancelTelemetry?.();
    this.#cancelLook?.();
    this.#safely(() => this.#agent?.tell('event', { event: 'stopped' }));
    await this.#endMetrics?.();
    await this.#agent?.close();
  }

  concluded(result: Result): void {
    this.#safely(() => this.#tally.add(result));
  }

  /** How far an update is; kept until the broker has it. Throws what the disk does. */
  reported({ number: _number, at: _at, detail: _detail, reason, ...report }: UpdateReport): void {
    this.#agent?.tell('ota-report', { ...report, ...(reason && { reason: wordOf(reason) }) });
  }

  /** Another model answers. */
  exchanged(): void {
    void this.#agent?.refreshState();
  }

  /** A checkpoint of the audit log, base64. */
  witness(checkpoint: string): void {
    const record = decodeRecord(Buffer.from(checkpoint, 'base64'));
    const log = record && readCheckpoint(record)?.logId;
    if (log) this.#safely(() => this.#agent?.tell('audit-checkpoint', { log, checkpoint }));
  }

  #openQueue(megabytes: number): MessageQueue {
    const { options, storage } = this.#parts;
    const { configuration, clock, files, log } = options;
    const database = openQueueDatabase(
      join(configuration.dataFolder, 'mqtt.db'),
      storage.root.identify('secret', 'mqtt.db'),
      files,
      ({ code, message }) => log('error', code, { detail: message }),
    );
    return new MessageQueue({ database, clock, quotaBytes: megabytes * 2 ** 20 });
  }

  #connect(
    queue: MessageQueue,
    { url, tls }: NonNullable<ReturnType<typeof readBroker>>,
  ): MqttAgent {
    const { options, storage } = this.#parts;
    const { clock, log, softwareVersion } = options;
    const device = deviceIdOf(tls.cert);
    const settings = { url, tls, clientId: device, sessionSeconds };
    return new MqttAgent({
      device,
      queue,
      clock,
      random: Math.random,
      dial: (will, events) => dialBroker({ ...settings, will }, events),
      birth: () => ({
        software: softwareVersion,
        node: process.version,
        arch: process.arch,
        keys: storage.keyLevel,
        models: this.#models(),
      }),
      models: () => this.#models(),
      desired: (envelope) => {
        const taken = this.#parts.assigned(envelope);
        log(taken ? 'info' : 'warn', 'assignment received', { updates: taken ? 'on' : 'off' });
      },
      commands: {
        ping: () => undefined,
        report: () => this.#tellTelemetry(),
        'check-updates': () => this.#parts.checkUpdates(),
      },
      log: (event, fields) => log('info', event, fields),
    });
  }

  #models() {
    return this.#parts.bundles.map(({ hash, manifest: { identity } }) => ({
      name: identity.name,
      version: identity.version,
      sha256: hash,
    }));
  }

  /** What cannot be told, on a full disk for example, stops nothing else. */
  #safely(does: () => void): void {
    try {
      does();
    } catch (error) {
      this.#parts.options.log('error', 'not told to the fleet', { error: String(error) });
    }
  }

  #look(): void {
    this.#safely(() => this.#tellChanges());
    this.#cancelLook = this.#parts.options.clock.after(lookMs, () => this.#look());
  }

  /** Tells the conditions that have begun or ended. */
  #tellChanges(): void {
    const now = activeConditions(this.#parts.facts());
    for (const { id, priority } of now)
      if (!this.#raised.has(id)) this.#tellCondition('raised', id, priority);
    for (const [id, priority] of this.#raised)
      if (now.every((each) => each.id !== id)) this.#tellCondition('cleared', id, priority);
  }

  #tellCondition(
    what: 'raised' | 'cleared',
    condition: string,
    priority: 'high' | 'medium' | 'low',
  ) {
    if (what === 'raised') this.#raised.set(condition, priority);
    else this.#raised.delete(condition);
    this.#agent?.tell('event', { event: `condition-${what}`, condition, priority });
  }

  #report(): void {
    const { clock, configuration } = this.#parts.options;
    this.#safely(() => this.#tellTelemetry());
    const seconds = configuration.mqtt?.telemetrySeconds ?? 0;
    this.#cancelTelemetry = clock.after(seconds * 1000, () => this.#report());
  }

  #telemetry(): TelemetryBody {
    const { waiting, dropped } = this.#queue?.standing ?? { waiting: 0, dropped: {} };
    const { outcomes, latency } = this.#tally;
    const messages = { waiting, dropped };
    return describeTelemetry({ ...this.#parts.facts(), outcomes, latency, messages });
  }

  #tellTelemetry(): void {
    this.#agent?.tell('telemetry', this.#telemetry());
    const now = this.#parts.options.clock.now();
    for (const { schema: _, ...summary } of this.#tally.takeSummaries(now))
      this.#agent?.tell('summary', { ...summary, counts: mutable(summary.counts) });
  }
}

/** Why an update waits, in the form that messages have for it. */
function wordOf(reason: string): string {
  return reason.replaceAll(/[^a-z0-9]+/gi, '-').slice(0, 64);
}

function mutable(counts: Readonly<Record<string, readonly number[]>>): Record<string, number[]> {
  return Object.fromEntries(Object.entries(counts).map(([name, each]) => [name, [...each]]));
}
