import type { AssociationEnd, ReceiverOptions } from './dicom/receiver.ts';
import type { Refusal } from './dicom/refusal-digest.ts';
import type { StoredRecord } from './spool/segment-reader.ts';

/** What the receiver process is told at its start. */
export interface ReceiverSettings extends Omit<
  ReceiverOptions,
  'artimMs' | 'storage' | 'commitment' | 'procedureSteps' | 'clock'
> {
  /** How long a peer may take to propose an association; a default where absent. */
  artimMs?: number;
  /** Our roles in storage commitment: SCU towards the PACS; SCP too where a scanner may ask. */
  commitment: 'scu' | 'both';
  /** Take Modality Performed Procedure Steps. */
  procedureSteps: boolean;
  /** The spool's folder. */
  spool: string;
  /** The folder of the root key, where segments are to be sealed. */
  keyFolder?: string | undefined;
  /** Percent of the disk that must be free for an image to be taken; 0 where absent. */
  refuseBelowPercentFree?: number;
}

/** A normalized request of a peer, which main performs. */
export interface PeerRequest {
  operation: 'action' | 'eventReport' | 'create' | 'set';
  callingAeTitle: string;
  sopClassUid: string;
  sopInstanceUid: string;
  /** Action Type ID or Event Type ID; 0 where the operation has none. */
  typeId: number;
  transferSyntaxUid: string;
  dataSet: Buffer | undefined;
}

export type ToReceiver =
  | { kind: 'start'; settings: ReceiverSettings }
  /** The status with which to answer a request. */
  | { kind: 'answer'; id: number; status: number }
  /** Whether images may be taken; they may until it is said otherwise. */
  | { kind: 'admit'; admits: boolean }
  | { kind: 'stop'; graceMs: number };

export type FromReceiver =
  /** Ports are 0 where there is none. */
  | { kind: 'listening'; port: number; tlsPort: number }
  | { kind: 'failed'; message: string }
  /** The disk has become too full for images, or has room again. */
  | { kind: 'disk'; full: boolean }
  | { kind: 'opened'; association: string; callingAeTitle: string; peerAddress: string }
  | { kind: 'closed'; association: string; how: AssociationEnd }
  /** How often a peer got no association. `reason` is DICOM's where it has one, `cause` is finer. */
  | ({ kind: 'refused'; times: number } & Refusal)
  /** An instance was read and dropped, and the scanner told so. */
  | { kind: 'discarded'; association: string; cause: string }
  /** An instance is on stable storage. Sent before the scanner is told. */
  | { kind: 'stored'; record: StoredRecord }
  /** A request that waits for main's answer; its data set is base64. */
  | { kind: 'asked'; id: number; request: Omit<PeerRequest, 'dataSet'>; dataSet: string };
