import type { Clock } from '../../device/clock.ts';
import { type CommitmentResult, decodeCommitmentResult } from '../../runtime/dicom/commitment.ts';
import type {
  Association,
  NormalizedRequest,
  Receiver,
  ReceiverHandlers,
  RefusedPeer,
} from '../../runtime/dicom/receiver.ts';
import { status } from '../../runtime/dicom/status.ts';

/** A peer that was turned away. */
export type TurnedAway = RefusedPeer & { cause: string };

/** Opens the device's own ports as its configuration says. */
export type Listen = (handlers: ReceiverHandlers) => Promise<Receiver>;

/** The device's own port while it is set up: hears who calls, whom it turns away, and what a PACS reports. */
export class DeviceListener {
  readonly heard: Association[] = [];
  readonly turnedAway: TurnedAway[] = [];
  readonly #results = new Map<string, CommitmentResult>();
  readonly #waiting = new Set<() => void>();
  #receiver: Receiver | undefined;

  /** Rejects with PORT_IN_USE. */
  async open(listen: Listen): Promise<void> {
    this.#receiver = await listen({
      opened: (association) => this.#note(() => this.heard.push(association)),
      refused: (peer, _reason, cause) => this.#note(() => this.turnedAway.push({ ...peer, cause })),
      eventReport: (_association, request) => Promise.resolve(this.report(request)),
    });
  }

  /** The commitment report of a transaction, by whichever association it came. */
  resultOf(transactionUid: string): CommitmentResult | undefined {
    return this.#results.get(transactionUid);
  }

  /** Takes a report; returns the status to answer. */
  report({ dataSet, transferSyntaxUid }: Pick<NormalizedRequest, 'dataSet' | 'transferSyntaxUid'>) {
    if (!dataSet) return status.processingFailure;
    const result = decodeCommitmentResult(dataSet, transferSyntaxUid);
    this.#note(() => this.#results.set(result.transactionUid, result));
    return status.success;
  }

  /** Waits until `isThere` says so, asked whenever something has come; false when `ms` have passed before that. */
  async until(isThere: () => boolean, ms: number, clock: Clock): Promise<boolean> {
    const late = { is: false };
    const cancel = clock.after(ms, () => this.#note(() => (late.is = true)));
    while (!isThere() && !late.is) await new Promise<void>((resolve) => this.#waiting.add(resolve));
    cancel();
    return isThere();
  }

  /** Harmless when repeated. */
  async close(): Promise<void> {
    await this.#receiver?.close(0);
    this.#receiver = undefined;
  }

  #note(change: () => unknown): void {
    change();
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}
