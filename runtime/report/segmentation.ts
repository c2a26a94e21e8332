import type { DataSet } from '../dicom/data-set.ts';
import { encodeDataSet } from '../dicom/data-set-writer.ts';
import { tags } from '../dicom/tag.ts';
import { allStrings, firstString } from '../dicom/value.ts';
import { algorithmOf } from './algorithm.ts';
import { type Attributes, encodeAttributes } from './attributes.ts';
import { codeAttributes, dcm, sct } from './code.ts';
import { referenceAttributes } from './content.ts';
import {
  documentAttributes,
  equipmentAttributes,
  generalSeries,
  studyInstanceUidOf,
} from './document-header.ts';
import { patientAndStudy } from './header.ts';
import { documentInstanceUid, documentSeriesUid, trackingUid } from './identity.ts';
import {
  type MarkedFinding,
  type MarkedSeries,
  type MaskedImage,
  markedSeries,
} from './marked-series.ts';
import type { ReportObject, ReportRequest } from './request.ts';
import { functionalGroups, packFrames, segmentFrames } from './segmentation-frames.ts';

/** Segmentation Storage (PS3.4 B.5). */
export const segmentationStorage = '1.2.840.10008.5.1.4.1.1.66.4';

/** A Segmentation, and what it shows: segment n is the n-th finding. */
export interface Segmentation extends ReportObject {
  marked: MarkedSeries;
}

/**
 * What a model marked, as binary Segmentations: one for each series of slices, a segment for each flagged finding; of
 * images that have no place in the patient, such as radiographs, one for each image, whose pixels are those of the image
 * behind it (PS3.3 C.7.6.16.2.6). None where nothing is flagged or marked, and where the bundle may not say where it
 * reacted. `images`: every image of the study at hand. The same request and images give the same bytes.
 * Throws DATA_SET_UNREADABLE where the source names no study.
 */
export function buildSegmentations(
  request: ReportRequest,
  images: readonly MaskedImage[],
): Segmentation[] {
  return markedSeries(request, images).map((marked, at) =>
    buildSegmentation(request, marked, at + 1),
  );
}

function buildSegmentation(
  request: ReportRequest,
  marked: MarkedSeries,
  number: number,
): Segmentation {
  const study = studyInstanceUidOf(request.source);
  const seriesInstanceUid = documentSeriesUid('SEG', request, study);
  const content = {
    ...patientAndStudy(request.source),
    StudyInstanceUID: study,
    Modality: 'SEG',
    ...generalSeries('SEG', seriesInstanceUid),
    ...equipmentAttributes(request),
    ...documentAttributes(segmentationStorage, request),
    InstanceNumber: String(number),
    ...frameOfReference(marked),
    ...imageAttributes(marked),
    SegmentSequence: marked.findings.map((each, at) => segment(request, study, each, at + 1)),
    ...functionalGroups(marked, study),
    ReferencedSeriesSequence: referencedSeries(marked),
  };
  const pixels = encodePixels(packFrames(marked));
  const whole = (attributes: Attributes) => Buffer.concat([encodeAttributes(attributes), pixels]);
  const sopInstanceUid = documentInstanceUid('SEG', request, study, whole(content));
  const dataSet = whole({ ...content, SOPInstanceUID: sopInstanceUid });
  return { sopClassUid: segmentationStorage, sopInstanceUid, seriesInstanceUid, dataSet, marked };
}

/** Frame of Reference module (PS3.3 C.7.4.1), that of the images; absent where they have none (table A.51-1). */
function frameOfReference(marked: MarkedSeries): Attributes {
  const [frame] = segmentFrames(marked);
  if (!marked.placed || !frame) return {};
  return {
    FrameOfReferenceUID: frame.geometry.frameOfReference,
    PositionReferenceIndicator: firstString(frame.header, tags.PositionReferenceIndicator) ?? '',
  };
}

/** General Image, Image Pixel and Segmentation Image modules (PS3.3 C.7.6.1, C.7.6.3, C.8.20.2). */
function imageAttributes(marked: MarkedSeries): Attributes {
  const frames = segmentFrames(marked);
  const isLossy = frames.some(({ header }) => isLossyCompressed(header));
  return {
    ...(marked.placed ? {} : { PatientOrientation: patientOrientation(frames[0]!.header) }),
    ImageType: ['DERIVED', 'PRIMARY'],
    ContentLabel: 'AI_SEGMENTATION',
    ContentDescription: 'AI Result - NOT FOR PRIMARY DIAGNOSIS',
    ContentCreatorName: '',
    LossyImageCompression: isLossy ? '01' : '00',
    SegmentationType: 'BINARY',
    SamplesPerPixel: [1],
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: [marked.rows],
    Columns: [marked.columns],
    BitsAllocated: [1],
    BitsStored: [1],
    HighBit: [0],
    PixelRepresentation: [0],
  };
}

/** Where rows and columns point: the grid is that of the image. */
function patientOrientation(header: DataSet): string | string[] {
  const found = allStrings(header, tags.PatientOrientation);
  return found.length > 0 ? found : '';
}

function isLossyCompressed(header: DataSet): boolean {
  return firstString(header, tags.LossyImageCompression) === '01';
}

/** Segment Description macro (PS3.3 table C.8.20-4). Its tracking names are those of the report. */
function segment(
  request: ReportRequest,
  study: string,
  { finding, subject }: MarkedFinding,
  number: number,
): Attributes {
  const { name, version, parameters } = algorithmOf(request);
  return {
    SegmentNumber: [number],
    SegmentLabel: finding.label,
    SegmentDescription: request.manifest?.labelling.notice,
    SegmentAlgorithmType: 'AUTOMATIC',
    SegmentAlgorithmName: name,
    SegmentationAlgorithmIdentificationSequence: [
      {
        AlgorithmFamilyCodeSequence: [codeAttributes(dcm('123110', 'Artificial Intelligence'))],
        AlgorithmName: name,
        AlgorithmVersion: version,
        AlgorithmParameters: parameters.join(', '),
      },
    ],
    SegmentedPropertyCategoryCodeSequence: [
      codeAttributes(sct('49755003', 'Morphologically Abnormal Structure')),
    ],
    SegmentedPropertyTypeCodeSequence: [codeAttributes(finding.finding)],
    AnatomicRegionSequence: [codeAttributes(finding.site)],
    TrackingID: finding.id,
    TrackingUID: trackingUid(request, study, subject.sopInstanceUid, finding.id),
  };
}

/** Common Instance Reference module (PS3.3 C.12.2): each image once. */
function referencedSeries(marked: MarkedSeries): Attributes[] {
  const images = new Set(segmentFrames(marked).map(({ instance }) => instance));
  const series = Map.groupBy(images, ({ seriesInstanceUid }) => seriesInstanceUid);
  return Array.from(series, ([seriesInstanceUid, members]) => ({
    SeriesInstanceUID: seriesInstanceUid,
    ReferencedInstanceSequence: members.map(referenceAttributes),
  }));
}

/** No attribute of a Segmentation has a higher tag. */
function encodePixels(bytes: Uint8Array): Uint8Array {
  const element = { tag: tags.PixelData, vr: 'OB', value: bytes };
  return encodeDataSet({ elements: new Map([[tags.PixelData, element]]), littleEndian: true });
}
