import type { TLSSocket } from 'node:tls';
import type { Cancel, Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import { utcText } from '../../device/utc-time.ts';
import { encodeDicomMessage } from './dicom-message.ts';
import { type AuditOrigin, messageOf } from './message.ts';
import { judgeFailure } from './refusal.ts';
import type { AuditSink, Outgoing, SinkConnection } from './sink.ts';
import { frameSyslog } from './syslog-frame.ts';

export interface SyslogSinkOptions {
  /** A code that names it. */
  name: string;
  origin: AuditOrigin;
  /**
   * Begins a connection with mutual authentication (RFC 5425 5). The socket says `secureConnect` only once the
   * certificate of the peer has been accepted.
   */
  connect(): TLSSocket;
  clock: Clock;
  /** How long a connection may take, milliseconds. */
  connectMs?: number;
  settleMs?: number;
  window?: number;
}

const defaults = { connectMs: 15_000, settleMs: 30_000, window: 8192 };
const batch = 256;
/** How long a peer may take to close its side, milliseconds. */
const closeMs = 2000;
/**
 * With TLS 1.3 a peer looks at our certificate only after the handshake is over for us, and many end the connection
 * then without a word: who does so within this time has most likely refused us.
 */
const refusalMs = 5000;

/**
 * A syslog server that is sent DICOM audit messages over TLS: PS3.15 A.6, RFC 5424, RFC 5425. Syslog acknowledges
 * nothing. So what was sent counts as received when the connection has held on for `settleMs`, and the last `window`
 * records, more than what the buffers of two kernels hold, are sent again all the same.
 */
export function createSyslogSink(given: SyslogSinkOptions): AuditSink {
  const options = { ...defaults, ...given };
  const { name, settleMs, window } = options;
  return { name, protocol: 'syslog', settleMs, window, batch, connect: () => openLine(options) };
}

async function openLine(options: SyslogSinkOptions & typeof defaults): Promise<SinkConnection> {
  const line = new SyslogLine(options);
  await line.opened;
  return line;
}

class SyslogLine implements SinkConnection {
  readonly lost: Promise<ScansideError>;
  readonly #options: SyslogSinkOptions;
  readonly #socket: TLSSocket;
  readonly #opening = Promise.withResolvers<void>();
  readonly #losing = Promise.withResolvers<ScansideError>();
  /** Monotonic time at which it could be sent to. */
  #openedAt: number | undefined;
  #cancel: Cancel;

  constructor(options: SyslogSinkOptions & typeof defaults) {
    const { connect, clock, connectMs } = options;
    this.#options = options;
    this.lost = this.#losing.promise;
    this.#socket = connect();
    this.#cancel = clock.after(connectMs, () => {
      this.#lose(
        new ScansideError('PEER_TIMEOUT', `${this.#name}: no connection in ${connectMs} ms`),
      );
    });
    this.#listen();
  }

  /** Resolves when it can be sent to; rejects with why not. */
  get opened(): Promise<void> {
    return this.#opening.promise;
  }

  async send(records: readonly Outgoing[]): Promise<void> {
    const bytes = Buffer.concat(records.map((each) => this.#encode(each)));
    const written = new Promise<void>((resolve) => {
      this.#socket.write(bytes, () => resolve());
    });
    const error = await Promise.race([written, this.lost]);
    if (error) throw error;
  }

  close(): void {
    this.#cancel();
    if (this.#socket.destroyed) return;
    this.#socket.end();
    this.#cancel = this.#options.clock.after(closeMs, () => this.#socket.destroy());
    this.#losing.resolve(this.#failure('ASSOCIATION_ABORTED', 'closed by us'));
  }

  get #name(): string {
    return this.#options.name;
  }

  #encode({ record, again }: Outgoing): Buffer {
    const { origin } = this.#options;
    const { logId, sequence, wall } = record;
    const place = { at: utcText(wall), host: origin.id, application: origin.application };
    const xml = encodeDicomMessage(messageOf(record, origin));
    return frameSyslog({ ...place, process: 'audit', logId, sequence, again }, xml);
  }

  #listen(): void {
    const socket = this.#socket;
    socket.once('secureConnect', () => {
      this.#cancel();
      this.#openedAt = this.#options.clock.monotonic();
      this.#opening.resolve();
    });
    // Nothing is ever said to us, but only who reads learns of the end.
    socket.resume();
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const code = judgeFailure(error.code ?? '');
      const why = error.code ?? error.message;
      const isUnclear = code === 'ASSOCIATION_ABORTED';
      this.#lose(isUnclear ? this.#ended(why, error) : this.#failure(code, why, error));
    });
    socket.on('end', () => this.#lose(this.#ended('the peer closed it')));
    socket.once('close', () => {
      this.#cancel();
      this.#lose(this.#ended('closed'));
    });
  }

  /** What the end of a connection means that nobody has explained. */
  #ended(why: string, cause?: Error): ScansideError {
    if (this.#openedAt === undefined) return this.#failure('TLS_FAILED', why, cause);
    const lasted = this.#options.clock.monotonic() - this.#openedAt;
    return this.#failure(
      lasted < refusalMs ? 'AUDIT_CLIENT_REFUSED' : 'ASSOCIATION_ABORTED',
      why,
      cause,
    );
  }

  #failure(code: ScansideError['code'], why: string, cause?: Error): ScansideError {
    return new ScansideError(code, `${this.#name}: ${why}`, { cause });
  }

  #lose(error: ScansideError): void {
    this.#opening.reject(error);
    this.#losing.resolve(error);
    this.#socket.destroy();
  }
}
