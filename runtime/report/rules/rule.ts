import type { DataSet } from '../../dicom/data-set.ts';
import type { ReportRequest } from '../request.ts';
import type { ReportDocument } from './document.ts';

/** A report under examination, and what it has to agree with. */
export interface Examined {
  /** The data set as it will be sent. */
  bytes: Uint8Array;
  document: ReportDocument;
  request: ReportRequest;
  /** Headers of the images that the report is about. */
  sources: readonly DataSet[];
}

/** Where a report breaks a rule. `found` names codes, UIDs and attributes, never a patient. */
export interface Breach {
  found: string;
  /** An attribute's keyword, or the position of a content item. */
  where: string;
}

/** One thing that every report must fulfil. */
export interface Rule {
  id: string;
  /** One clause. */
  must: string;
  breaches(examined: Examined): Breach[];
}

/** One breach where the condition does not hold. */
export function unless(holds: boolean, found: string, where: string): Breach[] {
  return holds ? [] : [{ found, where }];
}
