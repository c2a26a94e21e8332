import {
  drawHeatmap,
  type Heatmap,
  sizing,
  type Words,
} from '../../models/explanation/heatmap-picture.ts';
import type { Picture } from '../../models/explanation/png.ts';
import type { Finding, Manifest } from '../../models/manifest.ts';
import type { ActivationMap, Conclusion } from '../../models/outcome.ts';
import type { StoredImage } from '../../models/stored-image.ts';
import type { DataSet } from '../dicom/data-set.ts';
import { encodeDataSet } from '../dicom/data-set-writer.ts';
import { type Keyword, tags } from '../dicom/tag.ts';
import { allStrings, firstString } from '../dicom/value.ts';
import { type Attributes, encodeAttributes } from './attributes.ts';
import { codeAttributes, dcm } from './code.ts';
import { referenceAttributes } from './content.ts';
import {
  documentAttributes,
  equipmentAttributes,
  generalSeries,
  studyInstanceUidOf,
} from './document-header.ts';
import { patientAndStudy } from './header.ts';
import { documentInstanceUid, documentSeriesUid } from './identity.ts';
import { flaggedKeys, mostKeyImages } from './key-image.ts';
import type { ReportObject, ReportRequest, SourceInstance } from './request.ts';

/** Secondary Capture Image Storage (PS3.4 B.5): one frame, which every viewer shows. */
export const secondaryCapture = '1.2.840.10008.5.1.4.1.1.7';

/** One image that a model was asked about. */
export interface HeatmapImage {
  header: DataSet;
  /** From 1, of a multi-frame image. */
  frame?: number | undefined;
}

/** The same with its pixels as stored: nothing of the model's preprocessing is done to them. */
export interface HeatmapSource extends HeatmapImage {
  pixels: StoredImage;
}

/** What a heatmap is about. */
interface Subject {
  manifest: Manifest;
  finding: Finding;
  /** Of its own in the series: counts findings within images. */
  number: number;
  instance: SourceInstance;
}

/** A heatmap that is to be made. */
export interface HeatmapSubject extends Subject {
  frame: number | undefined;
  map: ActivationMap;
}

/**
 * The heatmaps of a result: for each flagged finding the images that it rests on, at most `mostKeyImages` together, the
 * strongest image of each finding before the next of any. None where nothing speaks for a finding, where the model looks
 * at several slices at once, and where the bundle may not say where it reacted. `mapsOf`: those of an image.
 */
export function selectHeatmaps(
  request: ReportRequest,
  mapsOf: (sopInstanceUid: string) => readonly ActivationMap[],
): HeatmapSubject[] {
  return flaggedKeys(request)
    .flatMap(({ sopInstanceUid, frame, finding }) =>
      describeSubjects(request, { sopInstanceUid, frame }, mapsOf(sopInstanceUid)).filter(
        (subject) => subject.finding.id === finding,
      ),
    )
    .slice(0, mostKeyImages);
}

function describeSubjects(
  request: ReportRequest,
  { sopInstanceUid, frame }: { sopInstanceUid: string | undefined; frame: number | undefined },
  maps: readonly ActivationMap[],
): HeatmapSubject[] {
  const own = maps.filter((map) => map.frame === undefined || map.frame === frame);
  return heatmapSubjects(request, sopInstanceUid, frame).flatMap((subject) => {
    const map = own.find(({ finding }) => finding === subject.finding.id);
    return map?.values.some((value) => value > 0) ? [{ ...subject, frame, map }] : [];
  });
}

/** What is to be drawn of a heatmap. */
export function heatmapOf({
  manifest,
  finding,
  map: { rows, columns, values },
}: HeatmapSubject): Heatmap {
  return {
    map: { rows, columns, values: Float32Array.from(values) },
    steps: manifest.preprocess,
    words: heatmapWords({ manifest, finding }),
  };
}

/**
 * Where a model reacted on one image: for each flagged finding that rests on the image its map over the image, as a
 * Secondary Capture, as `selectHeatmaps` chooses them. `maps`: those of this image. The same request, image and maps give
 * the same bytes. What the image has burnt in stays visible: it belongs to the same patient.
 * Throws DATA_SET_UNREADABLE where the source names no study.
 */
export function buildHeatmaps(
  request: ReportRequest,
  { pixels, ...image }: HeatmapSource,
  maps: readonly ActivationMap[],
): ReportObject[] {
  const sopInstanceUid = firstString(image.header, tags.SOPInstanceUID);
  return describeSubjects(request, { sopInstanceUid, frame: image.frame }, maps).map((subject) =>
    buildHeatmap(request, image, subject, drawHeatmap(pixels, heatmapOf(subject))),
  );
}

/** What may be shown of an instance: its flagged findings, in the order of the manifest. */
export function heatmapSubjects(
  { manifest, conclusion, instances }: ReportRequest,
  sopInstanceUid: string | undefined,
  frame?: number,
): Subject[] {
  const at = instances.findIndex((each) => each.sopInstanceUid === sopInstanceUid);
  const instance = instances[at];
  if (!instance || !manifest || !mayShow(manifest)) return [];
  const { findings } = manifest;
  return findings
    .map((finding, head) => ({
      manifest,
      finding,
      number: at * findings.length + head + 1,
      instance,
    }))
    .filter(({ finding }) => restsOn(conclusion, finding, { instance, frame }));
}

/** Whether the maps of a bundle may be shown, and belong to one image each. */
export function mayShow({ show, explanation, network: { input } }: Manifest): boolean {
  const isOneImage = input.kind === 'image' || input.kind === 'slice';
  return show.localisation && explanation.method === 'class-activation-map' && isOneImage;
}

/** Whether a finding is flagged because of this image, or this frame of it. */
export function restsOn(
  conclusion: Conclusion,
  { id }: Finding,
  { instance, frame }: { instance: SourceInstance; frame: number | undefined },
): boolean {
  if (conclusion.state !== 'flagged') return false;
  const keys = conclusion.findings
    .filter(({ finding, flagged }) => flagged && finding === id)
    .flatMap(({ key }) => key);
  return keys.some(
    (key) =>
      key.sopInstanceUid === instance.sopInstanceUid &&
      (frame === undefined || (key.frame ?? 1) === frame),
  );
}

/** What is burnt in beside the image, and said of it in the header. */
export function heatmapWords({ manifest, finding }: Pick<Subject, 'manifest' | 'finding'>): Words {
  const { algorithmName, version } = manifest.identity;
  return {
    warning: `AI heatmap - NOT FOR PRIMARY DIAGNOSIS - ${algorithmName} ${version}`,
    finding: `Reaction for: ${finding.label}`,
    below: `Rough indication of where the model reacted. Does not outline a finding. ${manifest.labelling.notice}`,
  };
}

/** The object of a heatmap whose picture is drawn. Throws as `buildHeatmaps` does. */
export function buildHeatmap(
  request: ReportRequest,
  image: HeatmapImage,
  subject: Subject,
  picture: Picture,
): ReportObject {
  const study = studyInstanceUidOf(request.source);
  const seriesInstanceUid = documentSeriesUid('SC', request, study);
  const content = {
    ...patientAndStudy(request.source),
    StudyInstanceUID: study,
    Modality: subject.instance.modality,
    ...generalSeries('SC', seriesInstanceUid),
    ...equipmentAttributes(request),
    ...documentAttributes(secondaryCapture, request),
    ...imageAttributes(image, heatmapWords(subject), subject),
    ...pixelAttributes(picture),
  };
  const pixels = encodePixels(picture);
  const whole = (attributes: Attributes) => Buffer.concat([encodeAttributes(attributes), pixels]);
  const sopInstanceUid = documentInstanceUid('SC', request, study, whole(content));
  const dataSet = whole({ ...content, SOPInstanceUID: sopInstanceUid });
  return { sopClassUid: secondaryCapture, sopInstanceUid, seriesInstanceUid, dataSet };
}

/** General Image, SC Equipment and SC Image modules (PS3.3 C.7.6.1, C.8.6.1, C.8.6.2). */
function imageAttributes(
  { header, frame }: HeatmapImage,
  { warning, finding }: Words,
  { manifest, instance, number }: Subject,
): Attributes {
  return {
    ...copied(header),
    InstanceNumber: String(number),
    ImageType: ['DERIVED', 'SECONDARY'],
    ConversionType: 'WSD',
    BurnedInAnnotation: 'YES',
    DerivationDescription: `${warning}. ${finding}. ${sizing}. ${manifest.labelling.notice}`,
    DerivationCodeSequence: [codeAttributes(dcm('130402', 'Class activation'))],
    SourceImageSequence: [
      {
        ...referenceAttributes(instance),
        ReferencedFrameNumber: frame === undefined ? undefined : String(frame),
        PurposeOfReferenceCodeSequence: [
          codeAttributes(dcm('121322', 'Source image for image processing operation')),
        ],
      },
    ],
  };
}

/** What stays true of the image: what it shows, how it lies, and that it has lost something to compression. */
function copied(header: DataSet): Attributes {
  const copy = (keyword: Keyword) => {
    const values = allStrings(header, tags[keyword]);
    return values.length > 0 ? values : undefined;
  };
  const isLossy = firstString(header, tags.LossyImageCompression) === '01';
  const side = copy('ImageLaterality') ?? copy('Laterality');
  const bodyPart = copy('BodyPartExamined');
  return {
    BodyPartExamined: bodyPart,
    // The side stands at the image, as a series may have images of both; where nothing says whether there are sides, empty.
    ImageLaterality: side,
    Laterality: side || bodyPart ? undefined : '',
    PatientOrientation: copy('PatientOrientation') ?? '',
    LossyImageCompression: isLossy ? '01' : undefined,
    LossyImageCompressionRatio: isLossy ? copy('LossyImageCompressionRatio') : undefined,
    LossyImageCompressionMethod: isLossy ? copy('LossyImageCompressionMethod') : undefined,
  };
}

/** Image Pixel module (PS3.3 C.7.6.3). */
function pixelAttributes({ rows, columns }: Picture): Attributes {
  return {
    SamplesPerPixel: [3],
    PhotometricInterpretation: 'RGB',
    PlanarConfiguration: [0],
    Rows: [rows],
    Columns: [columns],
    BitsAllocated: [8],
    BitsStored: [8],
    HighBit: [7],
    PixelRepresentation: [0],
  };
}

/** No attribute of a heatmap has a higher tag. */
function encodePixels({ bytes }: Picture): Uint8Array {
  const element = { tag: tags.PixelData, vr: 'OB', value: bytes };
  return encodeDataSet({ elements: new Map([[tags.PixelData, element]]), littleEndian: true });
}
