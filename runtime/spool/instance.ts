import { type DataSet, headerLimits, readHeader } from '../dicom/data-set.ts';
import { tags } from '../dicom/tag.ts';
import { allStrings, firstInteger, firstString } from '../dicom/value.ts';

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
export interface InstanceFacts {
  modality: string;
  bodyPart: string;
  viewPosition: string;
  imageType: string[];
  rows: number;
  columns: number;
  /** Number of Study Related Instances (0020,1208), where the scanner says it. */
  expectedInStudy: number | undefined;
}

/** A received instance as the index holds it. */
export interface Instance {
  sopInstanceUid: string;
  studyUid: string;
  seriesUid: string;
  sopClassUid: string;
  transferSyntaxUid: string;
  /** Where the bytes as received stand. */
  path: string;
  offset: number;
  length: number;
  checksum: number;
  /** Milliseconds since 1970, from the record on disk. */
  receivedAt: number;
  facts: InstanceFacts;
}

/** Parses the header of an instance of which `prefix` holds at least the header. Throws DATA_SET_UNREADABLE. */
export function readInstanceHeader(prefix: Uint8Array, transferSyntaxUid: string): DataSet {
  const reading = readHeader(prefix, transferSyntaxUid, headerLimits, true);
  // With `atEnd` the reader either completes or throws.
  if (reading.state === 'more') throw new Error('a header at its end asks for more');
  return reading.dataSet;
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
  };
}

/** Whether two headers of one study name the same patient: the three that a technologist compares. */
export function isSamePatient(one: StudyIdentity, other: StudyIdentity): boolean {
  return (
    one.patientName === other.patientName &&
    one.patientId === other.patientId &&
    one.birthDate === other.birthDate
  );
}
