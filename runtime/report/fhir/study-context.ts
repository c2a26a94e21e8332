import type { DataSet } from '../../dicom/data-set.ts';
import { type Keyword, tags } from '../../dicom/tag.ts';
import { characterSets, firstString } from '../../dicom/value.ts';
import { dayNumber, describeMoment } from '../moment.ts';
import type { ReportRequest } from '../request.ts';
import { studyInstanceUidOf } from '../document-header.ts';
import { type FhirReference, hl7Concept, type Identifier, uidIdentifier } from './datatype.ts';

/** Under which URI a hospital's FHIR server knows its identifiers. */
export interface FhirSystems {
  /** Of patients whose images name no issuer. */
  patient?: string | undefined;
  /** Of patients, by Issuer of Patient ID (0010,0021). */
  patientByIssuer: Readonly<Record<string, string>>;
  /** Of accession numbers whose images name no issuer. */
  accession?: string | undefined;
}

/** What every resource says of patient, study and time. */
export interface StudyContext {
  subject: FhirReference | undefined;
  study: FhirReference;
  order: FhirReference | undefined;
  /** The day of the study; undefined where the images do not tell. */
  effectiveDateTime: string | undefined;
  issued: string;
}

/** Throws DATA_SET_UNREADABLE where the source names no study. */
export function studyContext(request: ReportRequest, systems: FhirSystems): StudyContext {
  const { source } = request;
  const patient = patientIdentifier(source, systems);
  const accession = accessionIdentifier(source, systems);
  return {
    subject: patient && { type: 'Patient', identifier: patient },
    study: { type: 'ImagingStudy', identifier: uidIdentifier(studyInstanceUidOf(source)) },
    order: accession && { type: 'ServiceRequest', identifier: accession },
    effectiveDateTime: dayOf(textOf(source, 'StudyDate')),
    issued: instantOf(request),
  };
}

/**
 * The patient as the images name it. An issuer that is not configured gives no system: under the hospital's own, the
 * number could be another patient's.
 */
function patientIdentifier(source: DataSet, systems: FhirSystems): Identifier | undefined {
  const value = textOf(source, 'PatientID');
  if (value === undefined) return undefined;
  const issuer = textOf(source, 'IssuerOfPatientID');
  const universal = universalSystem(source, 'IssuerOfPatientIDQualifiersSequence');
  const known = issuer === undefined ? undefined : systemOf(issuer, systems);
  const own = issuer === undefined ? systems.patient : undefined;
  return {
    type: hl7Concept('v2-0203', 'MR', 'Medical record number'),
    system: known ?? universal ?? own,
    value,
    assigner: issuer === undefined ? undefined : { display: issuer },
  };
}

function systemOf(issuer: string, { patientByIssuer }: FhirSystems): string | undefined {
  return Object.hasOwn(patientByIssuer, issuer) ? patientByIssuer[issuer] : undefined;
}

function accessionIdentifier(source: DataSet, systems: FhirSystems): Identifier | undefined {
  const value = textOf(source, 'AccessionNumber');
  if (value === undefined) return undefined;
  const isForeign = (itemOf(source, 'IssuerOfAccessionNumberSequence')?.elements.size ?? 0) > 0;
  const universal = universalSystem(source, 'IssuerOfAccessionNumberSequence');
  return {
    type: hl7Concept('v2-0203', 'ACSN', 'Accession ID'),
    system: universal ?? (isForeign ? undefined : systems.accession),
    value,
  };
}

/** The issuer as it names itself everywhere (PS3.3 table 10-17, Universal Entity ID). */
function universalSystem(source: DataSet, sequence: Keyword): string | undefined {
  const item = itemOf(source, sequence);
  const id = item && textOf(item, 'UniversalEntityID');
  const type = item && textOf(item, 'UniversalEntityIDType');
  if (id === undefined) return undefined;
  if (type === 'ISO' && /^[0-2](\.(0|[1-9]\d*))+$/.test(id)) return `urn:oid:${id}`;
  return type === 'URI' && URL.canParse(id) ? id : undefined;
}

function itemOf(source: DataSet, sequence: Keyword): DataSet | undefined {
  return source.elements.get(tags[sequence])?.items?.[0];
}

const longestIdentifier = 64;

/** A text that is damaged is no identifier: mended, it would be somebody else's. */
function textOf(dataSet: DataSet, keyword: Keyword): string | undefined {
  const text = firstString(dataSet, tags[keyword], characterSets(dataSet));
  return text && text.length <= longestIdentifier && !/[\p{Cc}\uFFFD]/u.test(text)
    ? text
    : undefined;
}

function dayOf(date: string | undefined): string | undefined {
  if (date === undefined || dayNumber(date) === undefined) return undefined;
  return `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`;
}

function instantOf({ at, device }: ReportRequest): string {
  const { date, time, offset } = describeMoment(at, device.utcOffsetMinutes);
  const clock = time.replace(/^(..)(..)/, '$1:$2:');
  return `${dayOf(date)}T${clock}${offset.slice(0, 3)}:${offset.slice(3)}`;
}
