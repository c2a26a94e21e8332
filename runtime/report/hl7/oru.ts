import { createHash } from 'node:crypto';
import { tags } from '../../dicom/tag.ts';
import { firstString } from '../../dicom/value.ts';
import { assess } from '../assessment.ts';
import type { Attributes } from '../attributes.ts';
import { studyInstanceUidOf } from '../document-header.ts';
import { patientAndStudy } from '../header.ts';
import { isImageClass } from '../image-class.ts';
import { procedureCode } from '../modality.ts';
import { describeMoment } from '../moment.ts';
import type { PlacedReference, ReportRequest } from '../request.ts';
import { coded, observations } from './observation.ts';
import { designator, patientIdentification } from './patient.ts';
import { itemOf, textOf, timeStamp } from './source.ts';
import { type Component, encodeHeader, encodeSegment } from './text.ts';

/** Who speaks to whom: MSH-3 to MSH-6, each a name, or a name, a universal identifier and its type with `^` between. */
export interface OruParties {
  sendingApplication: string;
  sendingFacility: string;
  receivingApplication: string;
  receivingFacility: string;
  /** MSH-11, table 0103: production, training or debugging. */
  processingId: 'P' | 'T' | 'D';
}

/** A message ready to be sent. */
export interface OruMessage {
  /** MSH-10, by which the receiver answers; at most 20 characters. */
  controlId: string;
  /** Segments, each with the carriage return that ends it; to be sent in UTF-8. */
  text: string;
}

/**
 * A result as an unsolicited observation message, ORU^R01 of HL7 v2.5.1 (7.3.1), beside the report that it names. The
 * same request gives the same text, and a repeat the same control ID. Throws DATA_SET_UNREADABLE where the source names
 * no study.
 */
export function buildOru(
  request: ReportRequest & { report: PlacedReference },
  parties: OruParties,
): OruMessage {
  const { date, time, offset } = describeMoment(request.at, request.device.utcOffsetMinutes);
  const madeAt = timeStamp(date, time, offset);
  const controlId = controlIdOf(request.report);
  const header = patientAndStudy(request.source);
  const study = studyInstanceUidOf(request.source);
  const segments = [
    messageHeader(parties, controlId, madeAt),
    patientIdentification(header),
    observationRequest(request, header, madeAt),
    ...notes(request),
    ...observations(request, study, madeAt),
  ];
  return { controlId, text: segments.map((segment) => `${segment}\r`).join('') };
}

/** Eighty bits of the report's UID: another report has another, a repeat the same. */
function controlIdOf({ sopInstanceUid }: PlacedReference): string {
  return createHash('sha256').update(sopInstanceUid).digest('hex').slice(0, 20).toUpperCase();
}

function messageHeader(parties: OruParties, controlId: string, madeAt: string): string {
  return encodeHeader({
    3: parties.sendingApplication.split('^'),
    4: parties.sendingFacility.split('^'),
    5: parties.receivingApplication.split('^'),
    6: parties.receivingFacility.split('^'),
    7: madeAt,
    9: ['ORU', 'R01', 'ORU_R01'],
    10: controlId,
    11: parties.processingId,
    12: '2.5.1',
    18: 'UNICODE UTF-8',
  });
}

/** Observation Request (HL7 v2.5.1 7.4.1). The accession number is also where IHE RAD-128 looks for it, in OBR-18. */
function observationRequest(request: ReportRequest, header: Attributes, madeAt: string): string {
  const accession = accessionNumber(header);
  return encodeSegment('OBR', {
    1: '1',
    2: accession,
    3: accession,
    4: procedure(request, header),
    7: timeStamp(
      textOf(header, 'StudyDate'),
      textOf(header, 'StudyTime'),
      firstString(request.source, tags.TimezoneOffsetFromUTC) ?? '',
    ),
    18: textOf(header, 'AccessionNumber'),
    22: madeAt,
    24: 'RAD',
    25: 'P',
  });
}

/** EI (HL7 v2.5.1 2.A.28). */
function accessionNumber(header: Attributes): Component[] {
  const number = textOf(header, 'AccessionNumber');
  if (number === '') return [];
  const issuer = itemOf(header, 'IssuerOfAccessionNumberSequence');
  return [number, ...designator(textOf(issuer, 'LocalNamespaceEntityID'), issuer)];
}

/** The procedure as the images name it; else as unspecific as the report does. */
function procedure({ instances }: ReportRequest, header: Attributes): string[] {
  const item = itemOf(header, 'ProcedureCodeSequence');
  const named = {
    value: textOf(item, 'CodeValue'),
    meaning: textOf(item, 'CodeMeaning'),
    scheme: textOf(item, 'CodingSchemeDesignator'),
  };
  if (named.value !== '' && named.scheme !== '') return coded(named);
  const image = instances.find(({ sopClassUid }) => isImageClass(sopClassUid));
  return coded(procedureCode(image?.modality ?? ''));
}

/** Notes and Comments (HL7 v2.5.1 2.15.10) of the device itself: the labelling notice, and what must be read with it. */
function notes(request: ReportRequest): string[] {
  const earlier = request.predecessor;
  return [
    assess(request).comment,
    ...(earlier ? [`Replaces the result in the SR ${earlier.sopInstanceUid}.`] : []),
  ].map((comment, at) => encodeSegment('NTE', { 1: String(at + 1), 2: 'L', 3: comment }));
}
