import type { Manifest } from '../models/manifest.ts';
import type { Conclusion } from '../models/outcome.ts';
import type { DataElement, DataSet } from '../runtime/dicom/data-set.ts';
import { type Keyword, isKeyword, tags } from '../runtime/dicom/tag.ts';
import { valueRepresentation } from '../runtime/dicom/value-representation.ts';
import { deriveUid } from '../runtime/dicom/uid.ts';
import type { ReportRequest, SourceInstance } from '../runtime/report/request.ts';
import { concludeStudy } from '../runtime/study/conclusion.ts';

/** A request for a report and in which stratum of the set it lies. */
export interface ReportSample {
  stratum: string;
  request: ReportRequest;
}

/** Names that a hospital meets and software breaks on. */
const patientNames = {
  umlaut: 'Müller^Jürgen',
  japanese: 'Yamada^Tarou=山田^太郎=やまだ^たろう',
  cyrillic: 'Иванов^Иван',
  arabic: 'محمد^علي',
  irish: "O'Brien^Seán",
};

const modalities = [
  { modality: 'CR', sopClassUid: '1.2.840.10008.5.1.4.1.1.1', counts: [1, 2] },
  { modality: 'DX', sopClassUid: '1.2.840.10008.5.1.4.1.1.1.1', counts: [1, 3] },
  { modality: 'CT', sopClassUid: '1.2.840.10008.5.1.4.1.1.2', counts: [1, 40, 300] },
];

type Conclude = (manifest: Manifest, images: SourceInstance[]) => Conclusion;

const outcomes: Record<string, Conclude> = {
  flagged: (manifest, images) => analyse(manifest, images, 0.934),
  'no flag': (manifest, images) => analyse(manifest, images, 0.021),
  'not attempted': () => ({ state: 'not-analysed', reason: 'out-of-scope', detail: '' }),
  failed: () => ({ state: 'not-analysed', reason: 'timeout', detail: '' }),
};

/** `count` requests that go round the strata: name script, outcome, modality, number of images. Always the same. */
export function reportSamples(manifest: Manifest, count: number): ReportSample[] {
  return Array.from({ length: count }, (_, index) => reportSample(manifest, index));
}

function reportSample(manifest: Manifest, index: number): ReportSample {
  const [script, patientName] = pick(Object.entries(patientNames), index);
  const [outcome, conclude] = pick(Object.entries(outcomes), index);
  const { modality, sopClassUid, counts } = pick(modalities, index);
  const images = sourceImages(index, modality, sopClassUid, pick(counts, Math.floor(index / 3)));
  const request: ReportRequest = {
    device,
    manifest,
    bundleHash: manifest.files['card.md']?.sha256 ?? '',
    source: sourceHeader(index, patientName, modality),
    instances: images,
    conclusion: conclude(manifest, images),
    at: 1_790_000_000_000 + index * 60_000,
  };
  return { stratum: `${script}, ${modality}, ${outcome}`, request };
}

const device = {
  manufacturer: 'Scanside',
  model: 'Scanside Demo',
  name: 'SCANSIDE',
  serial: 'DEMO-0001',
  softwareVersion: '0.1.0',
  utcOffsetMinutes: 60,
};

function sourceHeader(index: number, patientName: string, modality: string): DataSet {
  return headerOf({
    SpecificCharacterSet: 'ISO_IR 192',
    PatientName: patientName,
    PatientID: `PID-${String(index).padStart(4, '0')}`,
    IssuerOfPatientID: 'HOSPITAL',
    PatientBirthDate: index % 7 === 0 ? '' : '19580102',
    PatientSex: index % 2 === 0 ? 'F' : 'M',
    StudyInstanceUID: deriveUid('sample', 'study', String(index)),
    StudyDate: '20260921',
    StudyTime: '063000',
    AccessionNumber: index % 3 === 0 ? '' : `ACC${index}`,
    StudyID: String(index),
    StudyDescription: `${modality} examination`,
    Modality: modality,
    Manufacturer: 'Phantom',
  });
}

/** A data set as a reader would give it, from texts; UTF-8 where Specific Character Set says ISO_IR 192. */
export function headerOf(attributes: { [K in Keyword]?: string }): DataSet {
  const elements = new Map<number, DataElement>();
  for (const keyword of Object.keys(attributes).filter(isKeyword)) {
    const tag = tags[keyword];
    const value = Buffer.from(attributes[keyword] ?? '');
    elements.set(tag, { tag, vr: valueRepresentation(tag) ?? 'UN', value });
  }
  return { elements, littleEndian: true };
}

function sourceImages(
  index: number,
  modality: string,
  sopClassUid: string,
  count: number,
): SourceInstance[] {
  return Array.from({ length: count }, (_, image) => ({
    modality,
    sopClassUid,
    sopInstanceUid: deriveUid('sample', 'image', String(index), String(image)),
    seriesInstanceUid: deriveUid('sample', 'series', String(index)),
  }));
}

/** The first finding has `highest` on the middle image; everything else is well below any threshold. */
function analyse(manifest: Manifest, images: SourceInstance[], highest: number): Conclusion {
  const middle = Math.floor(images.length / 2);
  const judged = images.map(({ sopInstanceUid, seriesInstanceUid }, at) => {
    const scores = manifest.findings.map(({ id }, head) => ({
      finding: id,
      probability: at === middle && head === 0 ? highest : 0.01 + at / 100_000,
    }));
    const result = { state: 'analysed' as const, scores, maps: [] };
    return { sopInstanceUid, seriesUid: seriesInstanceUid, result };
  });
  return concludeStudy(manifest, judged);
}

function pick<T>(values: readonly T[], index: number): T {
  return values[index % values.length]!;
}
