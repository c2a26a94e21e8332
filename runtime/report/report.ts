import { ScansideError } from '../../device/errors.ts';
import type { DataSet } from '../dicom/data-set.ts';
import { tags } from '../dicom/tag.ts';
import { firstString } from '../dicom/value.ts';
import { assess } from './assessment.ts';
import { type Attributes, encodeAttributes } from './attributes.ts';
import { codeAttributes, dcm } from './code.ts';
import { hierarchicalReferences } from './evidence.ts';
import { patientAndStudy } from './header.ts';
import { reportInstanceUid, reportSeriesUid } from './identity.ts';
import { isImageClass } from './image-class.ts';
import { selectMeasurements } from './measurement.ts';
import { describeMoment } from './moment.ts';
import type { ReportDevice, ReportObject, ReportRequest } from './request.ts';
import { measurementReport } from './tid1500.ts';

/** Comprehensive 3D SR Storage (PS3.4 B.5). */
export const comprehensive3dSr = '1.2.840.10008.5.1.4.1.1.88.34';

/**
 * The one terminal report of a model on a study, as a Comprehensive 3D SR by TID 1500. The same request gives the
 * same bytes; another content gives another SOP Instance UID. Throws DATA_SET_UNREADABLE where the source names no study.
 */
export function buildReport(request: ReportRequest): ReportObject {
  const study = studyInstanceUidOf(request.source);
  const seriesInstanceUid = reportSeriesUid(request, study);
  const content = reportAttributes(request, study, seriesInstanceUid);
  const sopInstanceUid = reportInstanceUid(request, study, encodeAttributes(content));
  return {
    sopClassUid: comprehensive3dSr,
    sopInstanceUid,
    seriesInstanceUid,
    dataSet: encodeAttributes({ ...content, SOPInstanceUID: sopInstanceUid }),
  };
}

function studyInstanceUidOf(source: DataSet): string {
  const uid = firstString(source, tags.StudyInstanceUID);
  if (uid) return uid;
  throw new ScansideError('DATA_SET_UNREADABLE', '(0020,000D) Study Instance UID is missing');
}

function reportAttributes(request: ReportRequest, study: string, series: string): Attributes {
  const images = request.instances.filter(({ sopClassUid }) => isImageClass(sopClassUid));
  const assessment = assess(request);
  const measurements = selectMeasurements(request, images, study);
  return {
    ...patientAndStudy(request.source),
    StudyInstanceUID: study,
    ...seriesAttributes(series),
    ...equipmentAttributes(request),
    ...documentAttributes(request, assessment.incomplete),
    CurrentRequestedProcedureEvidenceSequence: orAbsent(hierarchicalReferences(study, images)),
    PredecessorDocumentsSequence: orAbsent(
      hierarchicalReferences(study, request.predecessor ? [request.predecessor] : []),
    ),
    ...measurementReport(request, assessment, images, measurements),
  };
}

/** SR Document Series module (PS3.3 C.17.1). */
function seriesAttributes(seriesInstanceUid: string): Attributes {
  return {
    Modality: 'SR',
    SeriesInstanceUID: seriesInstanceUid,
    SeriesNumber: '9101',
    SeriesDescription: 'AI Result - NOT FOR PRIMARY DIAGNOSIS',
    ReferencedPerformedProcedureStepSequence: [],
  };
}

/** Enhanced General Equipment module (PS3.3 C.7.5.2), and the scanner among what contributed. */
function equipmentAttributes({ device, source }: ReportRequest): Attributes {
  return { ...deviceAttributes(device), ContributingEquipmentSequence: scannerItems(source) };
}

function deviceAttributes(device: ReportDevice): Attributes {
  return {
    Manufacturer: device.manufacturer,
    ManufacturerModelName: device.model,
    DeviceSerialNumber: device.serial,
    SoftwareVersions: device.softwareVersion,
  };
}

function scannerItems(source: DataSet): Attributes[] | undefined {
  const manufacturer = firstString(source, tags.Manufacturer);
  if (!manufacturer) return undefined;
  const purpose = codeAttributes(dcm('109101', 'Acquisition Equipment'));
  return [
    {
      PurposeOfReferenceCodeSequence: [purpose],
      Manufacturer: manufacturer,
      ManufacturerModelName: firstString(source, tags.ManufacturerModelName),
      StationName: firstString(source, tags.StationName),
    },
  ];
}

/** SR Document General and SOP Common modules (PS3.3 C.17.2, C.12.1). */
function documentAttributes(request: ReportRequest, incomplete: string | undefined): Attributes {
  const { date, time, offset } = describeMoment(request.at, request.device.utcOffsetMinutes);
  return {
    SpecificCharacterSet: 'ISO_IR 192',
    SOPClassUID: comprehensive3dSr,
    InstanceCreationDate: date,
    InstanceCreationTime: time,
    TimezoneOffsetFromUTC: offset,
    ContentDate: date,
    ContentTime: time,
    InstanceNumber: '1',
    CompletionFlag: incomplete ? 'PARTIAL' : 'COMPLETE',
    CompletionFlagDescription: incomplete,
    VerificationFlag: 'UNVERIFIED',
    PreliminaryFlag: 'FINAL',
    PerformedProcedureCodeSequence: [],
  };
}

function orAbsent(items: Attributes[]): Attributes[] | undefined {
  return items.length > 0 ? items : undefined;
}
