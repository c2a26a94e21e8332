import type { Manifest } from '../models/manifest.ts';
import type { DataElement, DataSet } from '../runtime/dicom/data-set.ts';
import { type Keyword, isKeyword, tags } from '../runtime/dicom/tag.ts';
import { deriveUid } from '../runtime/dicom/uid.ts';
import { valueRepresentation } from '../runtime/dicom/value-representation.ts';
import type { ReportRequest, SourceInstance } from '../runtime/report/request.ts';
import { patientNames } from './patient-name.ts';
import { reportCases } from './report-case.ts';

/** Where in the set a report lies. */
export interface Stratum {
  /** A name of `reportCases`. */
  outcome: string;
  /** Specific Character Set of the images, of those in `patientNames`. */
  characterSet: string;
  modality: string;
}

/** A request for a report and in which stratum of the set it lies. */
export interface ReportSample extends Stratum {
  request: ReportRequest;
}

const modalities = [
  { modality: 'CR', sopClassUid: '1.2.840.10008.5.1.4.1.1.1', counts: [1, 2] },
  { modality: 'DX', sopClassUid: '1.2.840.10008.5.1.4.1.1.1.1', counts: [1, 3] },
  { modality: 'CT', sopClassUid: '1.2.840.10008.5.1.4.1.1.2', counts: [1, 12, 40, 1, 12, 300] },
];

const endings = modalities.flatMap(({ modality }) =>
  Object.keys(reportCases).map((outcome) => ({ outcome, modality })),
);

/**
 * Every combination of outcome, character set and modality. The sets come in turn and each begins seven endings after
 * the one before it, so that the first few dozen are as mixed as all.
 */
export const strata: readonly Stratum[] = endings.flatMap((_, round) =>
  patientNames.map(({ characterSet }, at) => ({
    characterSet,
    ...endings[(round + 7 * at) % endings.length]!,
  })),
);

/** `count` requests that go round all strata. Always the same. */
export function reportSamples(manifest: Manifest, count: number): ReportSample[] {
  return Array.from({ length: count }, (_, index) =>
    reportSample(manifest, strata[index % strata.length]!, index),
  );
}

/** One request of a stratum; `index` names study and patient and decides how many images there are. */
export function reportSample(manifest: Manifest, stratum: Stratum, index: number): ReportSample {
  const complete = reportCases[stratum.outcome]!;
  const images = sourceImages(index, stratum.modality);
  const request = complete({
    device,
    manifest,
    bundleHash: manifest.files['card.md']?.sha256 ?? '',
    source: sourceHeader(index, stratum),
    instances: images,
    at: 1_790_000_000_000 + index * 60_000,
  });
  return { ...stratum, request };
}

const device = {
  manufacturer: 'Scanside',
  model: 'Scanside Demo',
  name: 'SCANSIDE',
  serial: 'DEMO-0001',
  softwareVersion: '0.1.0',
  utcOffsetMinutes: 60,
};

function sourceHeader(index: number, { characterSet, modality }: Stratum): DataSet {
  const name = patientNames.find((each) => each.characterSet === characterSet)?.bytes ?? '';
  return headerOf(
    {
      SpecificCharacterSet: characterSet,
      PatientName: name,
      PatientID: `PID-${String(index).padStart(4, '0')}`,
      IssuerOfPatientID: 'HOSPITAL',
      PatientBirthDate: index % 7 === 0 ? '' : '19580102',
      PatientSex: index % 2 === 0 ? 'F' : 'M',
      StudyInstanceUID: deriveUid('sample', 'study', String(index)),
      StudyDate: '20260921',
      StudyTime: '063000',
      AccessionNumber: index % 3 === 0 ? '' : `ACC${index}`,
      ReferringPhysicianName: name,
      StudyID: String(index),
      StudyDescription: `${modality} examination`,
      Modality: modality,
      Manufacturer: 'Phantom',
    },
    'latin1',
  );
}

/** A data set as a reader would give it, from texts: in UTF-8, or with one character for each byte. */
export function headerOf(
  attributes: { [K in Keyword]?: string },
  encoding: 'utf8' | 'latin1' = 'utf8',
): DataSet {
  const elements = new Map<number, DataElement>();
  for (const keyword of Object.keys(attributes).filter(isKeyword)) {
    const tag = tags[keyword];
    const value = Buffer.from(attributes[keyword] ?? '', encoding);
    elements.set(tag, { tag, vr: valueRepresentation(tag) ?? 'UN', value });
  }
  return { elements, littleEndian: true };
}

function sourceImages(index: number, modality: string): SourceInstance[] {
  const { sopClassUid, counts } = modalities.find((each) => each.modality === modality)!;
  return Array.from({ length: counts[index % counts.length]! }, (_, image) => ({
    modality,
    sopClassUid,
    sopInstanceUid: deriveUid('sample', 'image', String(index), String(image)),
    seriesInstanceUid: deriveUid('sample', 'series', String(index)),
  }));
}
