import type { CommitmentRequest, Reference } from '../dicom/commitment.ts';
import { status } from '../dicom/status.ts';
import { Reporter, type ReporterOptions } from './reporter.ts';

export interface CommitmentServiceOptions extends ReporterOptions {
  /** AE titles that may ask; each has an address to report to. */
  peers: string[];
}

/** Requests of one peer that may be pending at once. */
const mostPending = 1000;

/**
 * Storage commitment as SCP (PS3.4 annex J), for scanners that delete an image only when it is committed. A request is
 * noted and answered at once; its instances are verified afterwards, and the report is sent on an association of its
 * own until it has arrived, also over restarts.
 */
export class CommitmentService {
  readonly #options: CommitmentServiceOptions;
  readonly #reporters: Map<string, Reporter>;

  constructor(options: CommitmentServiceOptions) {
    this.#options = options;
    this.#reporters = new Map(options.peers.map((peer) => [peer, new Reporter(peer, options)]));
  }

  /** Resumes what a stop or a crash left behind. */
  start(): void {
    for (const reporter of this.#reporters.values()) reporter.wake();
  }

  /** Takes an N-ACTION; returns the status to answer. The same request again is harmless. */
  request(callingAeTitle: string, request: CommitmentRequest): number {
    const reporter = this.#reporters.get(callingAeTitle);
    if (!reporter) return status.notAuthorized;
    if (request.references.length === 0) return status.missingAttribute;
    const { ledger, clock } = this.#options;
    const pending = ledger.find(callingAeTitle, request.transactionUid);
    if (pending.some(({ references }) => isSame(references, request.references)))
      return status.success;
    if (ledger.count(callingAeTitle) >= mostPending) return status.resourceLimitation;
    ledger.add(callingAeTitle, request, pending.length > 0, clock.now());
    reporter.wake();
    return status.success;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#reporters.values()].map((reporter) => reporter.close()));
  }
}

function isSame(one: Reference[], other: Reference[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
