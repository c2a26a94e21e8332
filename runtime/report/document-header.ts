import { ScansideError } from '../../device/errors.ts';
import type { DataSet } from '../dicom/data-set.ts';
import { tags } from '../dicom/tag.ts';
import { firstString } from '../dicom/value.ts';
import type { Attributes } from './attributes.ts';
import { codeAttributes, dcm } from './code.ts';
import { describeMoment } from './moment.ts';
import type { ReportDevice, ReportRequest } from './request.ts';

/**
 * What a result is written as: a report, key objects, a secondary capture, a segmentation, measurements, a presentation
 * state, a parametric map. Each kind has a series of its own.
 */
export type DocumentKind = 'SR' | 'KO' | 'SC' | 'SEG' | 'measurements' | 'PR' | 'PM';

export const seriesNumbers: Record<DocumentKind, string> = {
  SR: '9101',
  KO: '9102',
  SC: '9103',
  SEG: '9104',
  measurements: '9105',
  PR: '9106',
  PM: '9107',
};

/** SR Document Series and Key Object Document Series modules (PS3.3 C.17.1, C.17.6.1). */
export function seriesAttributes(
  kind: 'SR' | 'KO' | 'measurements',
  seriesInstanceUid: string,
): Attributes {
  return {
    Modality: kind === 'KO' ? 'KO' : 'SR',
    ...generalSeries(kind, seriesInstanceUid),
    ReferencedPerformedProcedureStepSequence: [],
  };
}

/** General Series module (PS3.3 C.7.3.1) without the modality. */
export function generalSeries(kind: DocumentKind, seriesInstanceUid: string): Attributes {
  return {
    SeriesInstanceUID: seriesInstanceUid,
    SeriesNumber: seriesNumbers[kind],
    SeriesDescription: 'AI Result - NOT FOR PRIMARY DIAGNOSIS',
  };
}

/**
 * What of an image's General Series module holds for marks on it: which body part, and where it is one of two which
 * side; empty where nobody has said.
 */
export function examinedPart(header: DataSet): Attributes {
  const [image, series, part] = (
    ['ImageLaterality', 'Laterality', 'BodyPartExamined'] as const
  ).map((keyword) => firstString(header, tags[keyword]));
  const side = image ?? series;
  return { BodyPartExamined: part, Laterality: side ?? (part ? undefined : '') };
}

/** Enhanced General Equipment module (PS3.3 C.7.5.2), and the scanner among what contributed. */
export function equipmentAttributes({ device, source }: ReportRequest): Attributes {
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

/** When a document was made, and in which character set (PS3.3 C.17.2, C.17.6.2, C.12.1). */
export function documentAttributes(sopClassUid: string, request: ReportRequest): Attributes {
  const { date, time, offset } = describeMoment(request.at, request.device.utcOffsetMinutes);
  return {
    SpecificCharacterSet: 'ISO_IR 192',
    SOPClassUID: sopClassUid,
    InstanceCreationDate: date,
    InstanceCreationTime: time,
    TimezoneOffsetFromUTC: offset,
    ContentDate: date,
    ContentTime: time,
    InstanceNumber: '1',
  };
}

/** Throws DATA_SET_UNREADABLE where the source names no study. */
export function studyInstanceUidOf(source: DataSet): string {
  const uid = firstString(source, tags.StudyInstanceUID);
  if (uid) return uid;
  throw new ScansideError('DATA_SET_UNREADABLE', '(0020,000D) Study Instance UID is missing');
}
