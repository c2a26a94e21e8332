import type { Cancel, Clock } from '../../device/clock.ts';
import type { ScansideError } from '../../device/errors.ts';
import type { ForwardedLog } from './forwarder.ts';
import type { Position, RecordReader } from './record-reader.ts';
import type { ResendWindow } from './resend-window.ts';
import type { AuditSink, SinkConnection } from './sink.ts';

/** No more are on their way without having settled: what a lost connection takes with it is bounded. */
const mostUnsettled = 16_384;

interface Tools {
  log: ForwardedLog;
  clock: Clock;
  sink: AuditSink;
  connection: SinkConnection;
  reader: RecordReader;
  window: ResendWindow;
}

interface Told {
  /** The last record that may have been sent before. */
  reached: number;
  /** Before records up to this one are sent. */
  reach(sequence: number): void;
  /** When the connection has lived on for long enough. */
  proved(): void;
  damaged(segment: number, record: number): void;
}

/** What goes over one connection: everything from the window's start on, then whatever is recorded. */
export class Transfer {
  readonly #tools: Tools;
  readonly #told: Told;
  readonly #settling = new Set<Cancel>();
  #lost: ScansideError | undefined;
  #isStopped = false;
  #isAwake = false;
  #wake: () => void = () => undefined;

  constructor(tools: Tools, told: Told) {
    this.#tools = tools;
    this.#told = told;
    void this.#awaitLoss();
  }

  /** Resolves with why the connection ended, with nothing after `stop`. Rejects as the sink and the disk do. */
  async run(): Promise<ScansideError | undefined> {
    const { window, sink } = this.#tools;
    if (sink.settleMs > 0) this.#later(this.#told.proved);
    try {
      for (let at = window.start; !this.#isOver;) {
        const next = window.unsettled < mostUnsettled ? await this.#sendFrom(at) : at;
        if (next.segment === at.segment && next.offset === at.offset) await this.#sleep();
        at = next;
      }
      return this.#isStopped ? undefined : this.#lost;
    } finally {
      for (const cancel of this.#settling) cancel();
    }
  }

  /** There may be more to send. */
  wake(): void {
    this.#isAwake = true;
    this.#wake();
  }

  stop(): void {
    this.#isStopped = true;
    this.#tools.connection.close();
    this.wake();
  }

  async #awaitLoss(): Promise<void> {
    this.#lost = await this.#tools.connection.lost;
    this.wake();
  }

  get #isOver(): boolean {
    return this.#isStopped || this.#lost !== undefined;
  }

  async #sendFrom(at: Position): Promise<Position> {
    const { log, connection, reader, window, sink } = this.#tools;
    const { records, next, damage } = reader.read(at, log.end, sink.batch);
    if (records.length > 0) {
      const { reached } = this.#told;
      this.#told.reach(records.at(-1)!.sequence);
      await connection.send(
        records.map((record) => ({ record, again: record.sequence <= reached })),
      );
      const settle = window.sent(at, next);
      if (sink.settleMs > 0) this.#later(settle);
      else this.#acknowledged(settle);
    }
    if (damage) this.#told.damaged(damage.segment, damage.record);
    return next;
  }

  #acknowledged(settle: () => void): void {
    settle();
    this.#told.proved();
  }

  /** Calls `then` unless the connection is lost within the time that shows that it holds. */
  #later(then: () => void): void {
    const { clock, sink } = this.#tools;
    const cancel = clock.after(sink.settleMs, () => {
      this.#settling.delete(cancel);
      if (this.#lost) return;
      then();
      this.wake();
    });
    this.#settling.add(cancel);
  }

  async #sleep(): Promise<void> {
    if (!this.#isAwake)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    this.#isAwake = false;
  }
}
