import { join } from 'node:path';
import type { Cancel, Clock } from '../../device/clock.ts';
import { ScansideError, type ErrorCode } from '../../device/errors.ts';
import type { Files } from '../../device/files.ts';
import type { Keys } from '../../device/keys.ts';
import type { AuditEvent } from '../event.ts';
import { type Cursor, cursorName, loadCursor, storeCursor } from './cursor.ts';
import { type ForwardEvent, type ForwardState, nextState, waitMs } from './forward-table.ts';
import { type Position, RecordReader } from './record-reader.ts';
import { ResendWindow } from './resend-window.ts';
import type { AuditSink } from './sink.ts';
import { Transfer } from './transfer.ts';

/** What a forwarder needs of the log. */
export interface ForwardedLog {
  /** Hexadecimal. */
  readonly logId: string;
  /** Where it is acknowledged to. */
  readonly end: Position;
  /** Calls `told` whenever `end` has moved; returns how to stop that. */
  watch(told: () => void): () => void;
  append(event: AuditEvent): Promise<void>;
}

export interface ForwarderOptions {
  log: ForwardedLog;
  files: Files;
  clock: Clock;
  keys: Keys;
  /** Of the log; the cursor lies in it too. */
  folder: string;
  sink: AuditSink;
  /** In [0, 1). */
  random?: () => number;
}

/** For the device page. */
export interface ForwarderStatus {
  name: string;
  protocol: AuditSink['protocol'];
  state: ForwardState;
  /** Wall time of the last change of `state`, milliseconds. */
  since: number;
  /** Records that may not have arrived. */
  backlog: number;
  /** Code of why it does not work, while it does not. */
  refused: string | undefined;
  /** Everything up to this record has arrived. */
  delivered: number;
  /** Segments that could not be read, and were passed over. */
  damaged: readonly number[];
}

/** What says that one side refuses the other; everything else is a network that fails. */
const refusals: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'AUDIT_SERVER_UNTRUSTED',
  'AUDIT_SERVER_MISNAMED',
  'AUDIT_CLIENT_REFUSED',
  'AUDIT_RECORD_REFUSED',
  'PEER_DENIED',
  'TLS_FAILED',
]);

/**
 * Sends the records of a log to a repository, in order, each at least once. It keeps nothing but its place in the log,
 * so that millions may wait, and never keeps anybody from recording.
 */
export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #reader: RecordReader;
  readonly #path: string;
  readonly #unwatch: () => void;
  readonly #damaged: number[] = [];
  readonly #ended: Promise<void>;
  #cursor: Cursor;
  #window: ResendWindow;
  #transfer: Transfer | undefined;
  #state: ForwardState = 'connecting';
  #since: number;
  #failures = 0;
  #refused: ErrorCode | undefined;
  /** Ends the wait for the next attempt. */
  #hurry: () => void = () => undefined;

  /** Starts it. Throws Node's own error where its place cannot be read. */
  constructor(options: ForwarderOptions) {
    const { log, files, clock, keys, folder, sink } = options;
    this.#options = options;
    this.#reader = new RecordReader({ files, folder, keys });
    this.#path = join(folder, cursorName(sink.name));
    this.#cursor = loadCursor(files, this.#path, log.logId);
    const { start, settled } = this.#cursor;
    this.#window = new ResendWindow(sink.window, start, settled);
    this.#since = clock.now();
    this.#unwatch = log.watch(() => this.#transfer?.wake());
    this.#ended = this.#run();
  }

  get status(): ForwarderStatus {
    const { log, sink } = this.#options;
    const { name, protocol } = sink;
    const delivered = this.#window.settledTo;
    const backlog = Math.max(0, log.end.sequence - delivered);
    const state = { state: this.#state, since: this.#since, refused: this.#refused };
    return { name, protocol, ...state, backlog, delivered, damaged: this.#damaged };
  }

  /** Segments before this one are not needed any more, not even to be sent again. */
  get neededSegment(): number {
    return this.#cursor.start.segment;
  }

  /** Ends it; resolves when its connection is closed and its place is kept. */
  async stop(): Promise<void> {
    this.#enter('stop');
    this.#unwatch();
    this.#transfer?.stop();
    this.#hurry();
    await this.#ended;
    this.#reader.close();
  }

  async #run(): Promise<void> {
    // The first connection is made when the constructor is through.
    await Promise.resolve();
    while (this.#state !== 'stopped') {
      const error = await this.#converse().catch(asError);
      this.#transfer = undefined;
      if (error && !this.#isStopped) await this.#fail(error);
    }
  }

  get #isStopped(): boolean {
    return this.#state === 'stopped';
  }

  /** One connection; resolves with why it ended. */
  async #converse(): Promise<ScansideError | undefined> {
    const { log, clock, sink } = this.#options;
    const connection = await sink.connect();
    const { start, settledTo } = this.#window;
    this.#window = new ResendWindow(sink.window, start, settledTo);
    const tools = { log, clock, sink, connection, reader: this.#reader, window: this.#window };
    this.#transfer = new Transfer(tools, {
      reached: this.#cursor.reached,
      reach: (sequence) => this.#reach(sequence),
      proved: () => this.#prove(),
      damaged: (segment, record) => this.#tellDamage(segment, record),
    });
    if (this.#isStopped) this.#transfer.stop();
    try {
      return await this.#transfer.run();
    } finally {
      connection.close();
      this.#reach(this.#cursor.reached);
    }
  }

  /** Keeps in mind, before anything is sent, how far it will then have been sent. */
  #reach(sequence: number): void {
    const reached = Math.max(sequence, this.#cursor.reached);
    this.#keep({ start: this.#window.start, settled: this.#window.settledTo, reached });
  }

  #keep(change: Partial<Cursor>): void {
    const { files } = this.#options;
    const cursor = { ...this.#cursor, ...change };
    if (JSON.stringify(cursor) !== JSON.stringify(this.#cursor))
      storeCursor(files, this.#path, cursor);
    this.#cursor = cursor;
  }

  #prove(): void {
    if (this.#state !== 'connecting') return;
    this.#enter('proved');
    this.#failures = 0;
    this.#refused = undefined;
    if (this.#cursor.told) this.#keep({ told: '' });
  }

  async #fail({ code }: ScansideError): Promise<void> {
    const { clock, random = Math.random } = this.#options;
    this.#failures += 1;
    this.#refused = code;
    this.#enter('failed');
    await this.#tellRefusal(code);
    await new Promise<void>((resolve) => {
      const cancel: Cancel = clock.after(waitMs(this.#failures, random()), resolve);
      this.#hurry = () => {
        cancel();
        resolve();
      };
    });
    this.#enter('due');
  }

  /** Once until it changes, also over restarts. */
  async #tellRefusal(code: ErrorCode): Promise<void> {
    const { sink } = this.#options;
    if (!refusals.has(code) || this.#cursor.told === code) return;
    const fields = { reason: code, destination: sink.name, protocol: sink.protocol };
    if (await this.#record({ name: 'node-refused', outcome: 4, fields }))
      this.#keep({ told: code });
  }

  #tellDamage(segment: number, firstRecord: number): void {
    if (this.#damaged.includes(segment)) return;
    this.#damaged.push(segment);
    const fields = { reason: 'AUDIT_UNREADABLE', segment, firstRecord };
    void this.#record({ name: 'audit-damaged', outcome: 8, fields });
  }

  /** False where the log takes nothing now: it is told with the next attempt. */
  async #record(event: AuditEvent): Promise<boolean> {
    try {
      await this.#options.log.append(event);
      return true;
    } catch {
      return false;
    }
  }

  #enter(event: ForwardEvent): void {
    const state = nextState(this.#state, event);
    if (state === this.#state) return;
    this.#state = state;
    this.#since = this.#options.clock.now();
  }
}

function asError(error: unknown): ScansideError {
  if (error instanceof ScansideError) return error;
  return new ScansideError('AUDIT_UNREADABLE', 'what waits to be sent', { cause: error });
}
