import { sleep, type Cancel, type Clock } from '../../device/clock.ts';
import {
  failureReasons,
  type CommitmentResult,
  type FailedReference,
  type Reference,
} from '../dicom/commitment.ts';
import { backoff } from '../outbox/delivery-table.ts';
import type { PendingRequest, RequestLedger } from './request-ledger.ts';

export interface ReporterOptions {
  ledger: RequestLedger;
  clock: Clock;
  /** In [0, 1); spreads retries. */
  random(): number;
  /** Why an instance is not committed; undefined where it is. */
  findFailure(reference: Reference): number | undefined;
  /** Sends a report to a peer; resolves with the status of its response. */
  send(callingAeTitle: string, result: CommitmentResult): Promise<number>;
  /** Told of every report that has arrived, and of every attempt that failed; for the log. */
  reported(callingAeTitle: string, committed: number, failed: number): void;
  failed(callingAeTitle: string, error: unknown): void;
}

/** A request whose report nobody takes for so long is dropped: the scanner has asked again, or has been replaced. */
const longestMs = 7 * 24 * 3600_000;
/** Instances that are verified before other work gets its turn. */
const batch = 16;

/** Reports to one peer, one after the other, until each has arrived. */
export class Reporter {
  readonly #callingAeTitle: string;
  readonly #options: ReporterOptions;
  #failures = 0;
  #running: Promise<void> | undefined;
  #timer: Cancel = () => {};
  #closed = false;

  constructor(callingAeTitle: string, options: ReporterOptions) {
    this.#callingAeTitle = callingAeTitle;
    this.#options = options;
  }

  /** Reports what is pending, now, unless it is waiting after a failure. */
  wake(): void {
    if (this.#closed || this.#running || this.#failures > 0) return;
    this.#run();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer();
    await this.#running;
  }

  #run(): void {
    const { clock, random } = this.#options;
    this.#running = this.#reportAll().finally(() => {
      this.#running = undefined;
      if (this.#closed) return;
      if (this.#failures > 0)
        this.#timer = clock.after(backoff(this.#failures - 1, random()), () => this.#run());
    });
  }

  /** Until nothing is pending or an attempt fails, for whatever reason: the disk may be full as well. */
  async #reportAll(): Promise<void> {
    const { ledger, clock, failed } = this.#options;
    try {
      ledger.expire(clock.now() - longestMs);
      for (let pending = this.#next(); pending; pending = this.#next()) await this.#report(pending);
    } catch (error) {
      this.#failures++;
      failed(this.#callingAeTitle, error);
    }
  }

  #next(): PendingRequest | undefined {
    return this.#closed ? undefined : this.#options.ledger.next(this.#callingAeTitle);
  }

  async #report(pending: PendingRequest): Promise<void> {
    const { ledger, send, reported } = this.#options;
    const result = pending.result ?? (await this.#verify(pending));
    if (this.#closed) return;
    // Noted beforehand: a report that fails must come after the others, whatever ends it.
    ledger.noteAttempt(pending.id);
    const status = await send(this.#callingAeTitle, result);
    if (status !== 0) throw new Error(`answered with status 0x${status.toString(16)}`);
    ledger.remove(pending.id);
    reported(this.#callingAeTitle, result.stored.length, result.failed.length);
    this.#failures = 0;
  }

  /** Verifies once: what is reported is what was true when the instances were read again. */
  async #verify({
    id,
    transactionUid,
    references,
    inUse,
  }: PendingRequest): Promise<CommitmentResult> {
    const { clock, ledger, findFailure } = this.#options;
    const stored: Reference[] = [];
    const failed: FailedReference[] = [];
    for (const [index, reference] of references.entries()) {
      const reason = inUse ? failureReasons.duplicateTransactionUid : findFailure(reference);
      if (reason === undefined) stored.push(reference);
      else failed.push({ ...reference, reason });
      if (index % batch === batch - 1) await sleep(clock, 0);
    }
    const result = { transactionUid, stored, failed };
    if (!this.#closed) ledger.saveResult(id, result);
    return result;
  }
}
