import { createFhirSink } from '../audit/forward/fhir-sink.ts';
import { Forwarder, type ForwarderStatus } from '../audit/forward/forwarder.ts';
import type { AuditSink } from '../audit/forward/sink.ts';
import { createSyslogSink } from '../audit/forward/syslog-sink.ts';
import type { AuditLog } from '../audit/log.ts';
import { defaultRetention, retainLog } from '../audit/retention.ts';
import type { Cancel, Clock } from '../device/clock.ts';
import type { Files } from '../device/files.ts';
import type { Keys } from '../device/keys.ts';
import type { Configuration } from './config.ts';
import { connectTls } from './dicom/requestor-tls.ts';
import { createHttpPeer } from './outbox/http-peer.ts';
import { readForwarders } from './tls-files.ts';

const httpLimits = { timeoutMs: 60_000, largestAnswer: 65_536 };
/** How often it is looked whether old segments may go. */
const retainMs = 3_600_000;

/** The repositories of `audit.forwarders`; none is reached yet. Throws CONFIG_INVALID for a certificate file. */
export function createSinks(
  configuration: Configuration,
  files: Files,
  clock: Clock,
): readonly AuditSink[] {
  const { serial, name } = configuration.device;
  const origin = { id: serial, application: name };
  return readForwarders(configuration, files).map((to): AuditSink => {
    if (to.protocol === 'fhir') {
      const client = createHttpPeer({ url: to.url, tls: to.tls, clock, ...httpLimits });
      return createFhirSink({ name: to.name, origin, client });
    }
    const connect = () => connectTls(to.host, to.port, to.tls);
    return createSyslogSink({ name: to.name, origin, connect, clock });
  });
}

export interface ForwardingOptions {
  log: AuditLog;
  files: Files;
  clock: Clock;
  keys: Keys;
  /** Of the log. */
  folder: string;
  sinks: readonly AuditSink[];
  keepDays: number;
  /** Told why old segments could not be removed. */
  failed(error: unknown): void;
}

/** Sends the open log to all repositories, and removes what all of them have when its time has come. */
export class AuditForwarding {
  readonly #options: ForwardingOptions;
  readonly #forwarders: readonly Forwarder[];
  #retaining: Promise<unknown> = Promise.resolve();
  #cancel: Cancel;

  constructor(options: ForwardingOptions) {
    this.#options = options;
    this.#forwarders = options.sinks.map((sink) => new Forwarder({ ...options, sink }));
    this.#cancel = options.clock.after(retainMs, () => this.#retain());
  }

  /** For the device page. */
  get status(): readonly ForwarderStatus[] {
    return this.#forwarders.map(({ status }) => status);
  }

  /** Ends it; every place is kept. */
  async stop(): Promise<void> {
    this.#cancel();
    await this.#retaining;
    await Promise.all(this.#forwarders.map((each) => each.stop()));
  }

  #retain(): void {
    const { clock, keepDays, failed } = this.#options;
    const rule = { ...defaultRetention, keepDays };
    this.#retaining = retainLog({ ...this.#options, forwarders: this.#forwarders, rule }).catch(
      failed,
    );
    this.#cancel = clock.after(retainMs, () => this.#retain());
  }
}
