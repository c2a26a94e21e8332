import type { AssociationEnd } from './dicom/receiver.ts';
import type { StoredRecord } from './spool/segment-reader.ts';

/** What the receiver process is told at its start. */
export interface ReceiverSettings {
  host: string;
  port: number;
  aeTitle: string;
  acceptAnyCalledAe: boolean;
  maxPduLength: number;
  maxAssociations: number;
  idleMs: number;
  /** The spool's folder. */
  spool: string;
}

export type ToReceiver =
  | { kind: 'start'; settings: ReceiverSettings }
  /** The status with which to answer a commitment report. */
  | { kind: 'answer'; id: number; status: number }
  | { kind: 'stop'; graceMs: number };

export type FromReceiver =
  | { kind: 'listening'; port: number }
  | { kind: 'failed'; message: string }
  | { kind: 'opened'; association: string; callingAeTitle: string; peerAddress: string }
  | { kind: 'closed'; association: string; how: AssociationEnd }
  | { kind: 'refused'; callingAeTitle: string; peerAddress: string; reason: string }
  /** An instance is on stable storage. Sent before the scanner is told. */
  | { kind: 'stored'; record: StoredRecord }
  /** A storage commitment report; the data set is base64. */
  | { kind: 'commitment'; id: number; transferSyntaxUid: string; dataSet: string };
