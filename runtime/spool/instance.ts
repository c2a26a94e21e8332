import { type DataSet, headerLimits, readHeader } from '../dicom/data-set.ts';
import { tags } from '../dicom/tag.ts';
import { allStrings, firstInteger, firstString } from '../dicom/value.ts';
import { describeImage, type ImageDescription } from './image-facts.ts';

/** Whose study it is and what the worklist called it: decoded text, empty where the scanner sent nothing. */
export interface StudyIdentity {
  patientName: string;
  patientId: string;
  birthDate: string;
  sex: string;
  accessionNumber: string;
  description: string;
}

/** What routing and completeness need to know of an instance. */
export interface InstanceFacts extends ImageDescription {
  modality: string;
  bodyPart: string;
  viewPosition: string;
  imageType: string[];
  rows: number;
  columns: number;
  /** Number of Study Related Instances (0020,1208), where the scanner says it. */
  expectedInStudy: number | undefined;
  /** Number of Series Related Instances (0020,1209), where the scanner says it. */
  expectedInSeries: number | undefined;
  /** Where a slice of a CT volume lies; undefined for localizers and everything else. */
  slice: SlicePosition | undefined;
}

/** How an instance came, and what is said of its urgency. */
export interface Sending {
  callingAeTitle: string;
  /** Priority (0000,0700) of its C-STORE as the scanner gave it; undefined where it gave none. */
  priority: number | undefined;
  /** Requested Procedure Priority (0040,1003) of the image or of the request it names; empty where there is none. */
  requestedPriority: string;
}

/** `plane` is equal for parallel slices; `at` is the distance along their normal in millimetres. */
export interface SlicePosition {
  plane: string;
  at: number;
}

/** A received instance as the index holds it. */
export interface Instance {
  sopInstanceUid: string;
  studyUid: string;
  seriesUid: string;
  sopClassUid: string;
  transferSyntaxUid: string;
  /** Where its record starts, and where in it the bytes as received stand. */
  path: string;
  start: number;
  offset: number;
  length: number;
  checksum: number;
  /** Milliseconds since 1970, from the record on disk. */
  receivedAt: number;
  facts: InstanceFacts & { sending: Sending };
}

/**
 * Parses the header of an instance of which `prefix` holds at least the header, up to `lastGroup`. Throws
 * DATA_SET_UNREADABLE.
 */
export function readInstanceHeader(
  prefix: Uint8Array,
  transferSyntaxUid: string,
  lastGroup?: number,
): DataSet {
  const reading = readHeader(prefix, transferSyntaxUid, headerLimits, true, lastGroup);
  // With `atEnd` the reader either completes or throws.
  if (reading.state === 'more') throw new Error('a header at its end asks for more');
  return reading.dataSet;
}

/** Whether the first bytes of an instance hold all of its header. Throws DATA_SET_UNREADABLE. */
export function holdsHeader(prefix: Uint8Array, transferSyntaxUid: string): boolean {
  return readHeader(prefix, transferSyntaxUid, headerLimits, false).state === 'complete';
}

export function describeStudy(header: DataSet): StudyIdentity {
  const text = (tag: number) => firstString(header, tag) ?? '';
  return {
    patientName: text(tags.PatientName),
    patientId: text(tags.PatientID),
    birthDate: text(tags.PatientBirthDate),
    sex: text(tags.PatientSex),
    accessionNumber: text(tags.AccessionNumber),
    description: text(tags.StudyDescription),
  };
}

export function describeInstance(header: DataSet): InstanceFacts {
  const text = (tag: number) => firstString(header, tag) ?? '';
  return {
    modality: text(tags.Modality),
    bodyPart: text(tags.BodyPartExamined),
    viewPosition: text(tags.ViewPosition),
    imageType: allStrings(header, tags.ImageType),
    rows: firstInteger(header, tags.Rows) ?? 0,
    columns: firstInteger(header, tags.Columns) ?? 0,
    expectedInStudy: firstInteger(header, tags.NumberOfStudyRelatedInstances),
    expectedInSeries: firstInteger(header, tags.NumberOfSeriesRelatedInstances),
    slice: isVolumeSlice(header) ? locateSlice(header) : undefined,
    ...describeImage(header),
  };
}

/** Requests stand behind all else that is asked of a header, so that reading so far is only tried. */
const requestGroup = 0x0040;

function readRequestedPriority(prefix: Uint8Array, transferSyntaxUid: string): string {
  try {
    const reading = readHeader(prefix, transferSyntaxUid, headerLimits, true, requestGroup);
    return reading.state === 'complete' ? requestedPriority(reading.dataSet) : '';
  } catch {
    return '';
  }
}

function requestedPriority(dataSet: DataSet): string {
  const requests = dataSet.elements.get(tags.RequestAttributesSequence)?.items ?? [];
  const priorities = [dataSet, ...requests].map((each) =>
    firstString(each, tags.RequestedProcedurePriority),
  );
  return priorities.find((priority) => priority !== undefined) ?? '';
}

/** What the record of an instance, and the beginning of its bytes, say of its way here. */
export function describeSending(
  { callingAeTitle, priority, transferSyntaxUid }: Readonly<Record<string, unknown>>,
  prefix: Uint8Array,
): Sending {
  return {
    callingAeTitle: typeof callingAeTitle === 'string' ? callingAeTitle : '',
    priority: typeof priority === 'number' ? priority : undefined,
    requestedPriority: readRequestedPriority(prefix, String(transferSyntaxUid)),
  };
}

function isVolumeSlice(header: DataSet): boolean {
  const isLocalizer = allStrings(header, tags.ImageType).includes('LOCALIZER');
  return firstString(header, tags.Modality) === 'CT' && !isLocalizer;
}

/** The position along the normal of the image's plane (PS3.3 C.7.6.2.1.1). */
function locateSlice(header: DataSet): SlicePosition | undefined {
  const [x, y, z] = decimals(header, tags.ImagePositionPatient, 3);
  const orientation = decimals(header, tags.ImageOrientationPatient, 6);
  const [rx, ry, rz, cx, cy, cz] = orientation;
  const at =
    x! * (ry! * cz! - rz! * cy!) + y! * (rz! * cx! - rx! * cz!) + z! * (rx! * cy! - ry! * cx!);
  const plane = orientation.map((cosine) => cosine.toFixed(3)).join(' ');
  return Number.isFinite(at) ? { plane, at } : undefined;
}

function decimals(header: DataSet, tag: number, count: number): number[] {
  const values = allStrings(header, tag).map((text) => Number(text || Number.NaN));
  return values.length === count ? values : Array<number>(count).fill(Number.NaN);
}

/** Whether two headers of one study name the same patient: the three that a technologist compares. */
export function isSamePatient(one: StudyIdentity, other: StudyIdentity): boolean {
  return (
    one.patientName === other.patientName &&
    one.patientId === other.patientId &&
    one.birthDate === other.birthDate
  );
}
