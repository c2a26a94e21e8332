import type { ScansideError } from '../../device/errors.ts';
import type { WaitingRecord } from './record-reader.ts';

/** A record, and whether the receiver may have it already. */
export interface Outgoing {
  record: WaitingRecord;
  again: boolean;
}

/** A way to a repository. */
export interface AuditSink {
  /** What it is called in the configuration; a code. */
  name: string;
  protocol: 'syslog' | 'fhir';
  /**
   * Milliseconds that a connection must live on after records were sent until they count as received; 0 where the
   * receiver acknowledges each.
   */
  settleMs: number;
  /** Records that are sent again after every reconnect although they count as received. */
  window: number;
  /** Records that are sent at once. */
  batch: number;
  /** Rejects with a ScansideError that says why not. */
  connect(): Promise<SinkConnection>;
}

export interface SinkConnection {
  /** Resolves when all are on their way, or acknowledged; rejects with a ScansideError. Calls do not overlap. */
  send(records: readonly Outgoing[]): Promise<void>;
  /** Resolves with the reason when the connection is lost. */
  lost: Promise<ScansideError>;
  /** Ends it; a `send` under way rejects. Harmless when repeated. */
  close(): void;
}
