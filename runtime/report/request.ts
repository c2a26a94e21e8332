import type { Manifest } from '../../models/manifest.ts';
import type { Conclusion, Withdrawal } from '../../models/outcome.ts';
import type { DataSet } from '../dicom/data-set.ts';
import type { Reference } from './content.ts';

/** The appliance as the observer and the equipment of a report. */
export interface ReportDevice {
  manufacturer: string;
  model: string;
  name: string;
  serial: string;
  softwareVersion: string;
  /** Minutes east of UTC. */
  utcOffsetMinutes: number;
}

/** A SOP instance and where it belongs in its study. */
export interface PlacedReference extends Reference {
  seriesInstanceUid: string;
}

/** One instance that the report is about. */
export interface SourceInstance extends PlacedReference {
  /** Modality (0008,0060) as received; may be empty. */
  modality: string;
}

/** All that a report is made of. The same request gives the same bytes. */
export interface ReportRequest {
  device: ReportDevice;
  /** Undefined where no model applied: then the device itself says so. */
  manifest: Manifest | undefined;
  /** SHA-256 that names the bundle, hexadecimal; empty where no model applied. */
  bundleHash: string;
  /** Header of one source instance: the Patient and Study modules come from it. */
  source: DataSet;
  /** Every instance of the study that the result covers. */
  instances: SourceInstance[];
  conclusion: Conclusion;
  /** When the result was recorded, milliseconds since 1970. */
  at: number;
  /** The report that this one replaces, after late images or with another model. */
  predecessor?: PlacedReference;
  /** A person has taken back the flag of the predecessor: the conclusion is still what the model said. */
  withdrawal?: Withdrawal | undefined;
  /** The flag of the predecessor had been taken back before this result came. */
  isAfterWithdrawal?: boolean;
}

/** A report ready to be stored. */
export interface ReportObject extends PlacedReference {
  /** Explicit VR Little Endian data set, without Part 10 header. */
  dataSet: Uint8Array;
}
