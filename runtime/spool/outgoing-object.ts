/**
 * What an outgoing object is, the most urgent first: a flag is never behind its picture. `message`: the result for a
 * system that does not speak DICOM.
 */
export const objectKinds = [
  'report',
  'message',
  'key-objects',
  'measurements',
  'segmentation',
  'presentation-state',
  'heatmap',
  'parametric-map',
] as const;

export type ObjectKind = (typeof objectKinds)[number];

/** An object that is or was to be sent, and where it lies. */
export interface OutgoingObject {
  sopInstanceUid: string;
  sopClassUid: string;
  studyUid: string;
  kind: ObjectKind;
  /** The report that it belongs to; its own UID where it is one. */
  reportUid: string;
  /** Name of the bundle; `dispatcher` where no model applied. */
  model: string;
  /** The one destination that a message is for; empty where every destination may have it. */
  destination: string;
  /** Its result raises a flag. */
  flagged: boolean;
  path: string;
  offset: number;
  length: number;
}
