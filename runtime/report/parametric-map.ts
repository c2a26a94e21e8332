import { type Part, placedGeometry, placementsOf } from '../../models/geometry.ts';
import type { ActivationMap } from '../../models/outcome.ts';
import type { Grid } from '../../models/resample.ts';
import type { ImageGeometry } from '../../models/stored-image.ts';
import type { DataSet } from '../dicom/data-set.ts';
import { encodeDataSet } from '../dicom/data-set-writer.ts';
import { tags } from '../dicom/tag.ts';
import { deriveUid } from '../dicom/uid.ts';
import { allStrings, firstString } from '../dicom/value.ts';
import { type Attributes, encodeAttributes } from './attributes.ts';
import { codeAttributes, dcm, sct } from './code.ts';
import { referenceAttributes } from './content.ts';
import {
  documentAttributes,
  equipmentAttributes,
  examinedPart,
  generalSeries,
  studyInstanceUidOf,
} from './document-header.ts';
import { decimal } from './grey-scale.ts';
import { patientAndStudy } from './header.ts';
import { type HeatmapSource, heatmapSubjects, heatmapWords } from './heatmap.ts';
import { documentInstanceUid, documentSeriesUid } from './identity.ts';
import type { ReportObject, ReportRequest } from './request.ts';

/** Parametric Map Storage (PS3.4 B.5). */
export const parametricMap = '1.2.840.10008.5.1.4.1.1.30';

type HeatmapSubject = ReturnType<typeof heatmapSubjects>[number];

/** What a map is about, and where its image lies. */
interface Subject extends HeatmapSubject {
  image: HeatmapSource;
  map: ActivationMap;
  place: Place;
}

/** Where pixels lie in the patient. */
type Place = Required<Pick<ImageGeometry, 'spacing' | 'position' | 'orientation'>> & ImageGeometry;

/**
 * The numbers behind a heatmap: for each flagged finding that rests on an image its class activation map, as a
 * Parametric Map of one frame on the map's own grid, in units of the logit. It lies in the patient where
 * its grid lies, which is coarser than the image, may reach beyond it and may cover only a part. None where a heatmap
 * would be none, and of an image without a place in the patient, such as a radiograph, because a Parametric Map must have
 * one (PS3.3 A.75.3). `maps`: those of this image. The same request, image and maps give the same bytes.
 * Throws DATA_SET_UNREADABLE where the source names no study.
 */
export function buildParametricMaps(
  request: ReportRequest,
  image: HeatmapSource,
  maps: readonly ActivationMap[],
): ReportObject[] {
  const uid = firstString(image.header, tags.SOPInstanceUID);
  const place = placeOf(image);
  return heatmapSubjects(request, uid, image.frame).flatMap((subject) => {
    const map = maps.find(({ finding }) => finding === subject.finding.id);
    if (!place || !map?.values.some((value) => value > 0)) return [];
    return [buildMap(request, { ...subject, image, map, place })];
  });
}

function buildMap(request: ReportRequest, subject: Subject): ReportObject {
  const study = studyInstanceUidOf(request.source);
  const seriesInstanceUid = documentSeriesUid('PM', request, study);
  const content = {
    ...patientAndStudy(request.source),
    StudyInstanceUID: study,
    Modality: subject.instance.modality || 'OT',
    ...generalSeries('PM', seriesInstanceUid),
    ...equipmentAttributes(request),
    ...documentAttributes(parametricMap, request),
    ...examinedPart(subject.image.header),
    ...imageAttributes(subject),
    ...functionalGroups(subject, study),
    ReferencedSeriesSequence: [
      {
        SeriesInstanceUID: subject.instance.seriesInstanceUid,
        ReferencedInstanceSequence: [referenceAttributes(subject.instance)],
      },
    ],
  };
  const pixels = encodePixels(subject.map);
  const whole = (attributes: Attributes) => Buffer.concat([encodeAttributes(attributes), pixels]);
  const sopInstanceUid = documentInstanceUid('PM', request, study, whole(content));
  const dataSet = whole({ ...content, SOPInstanceUID: sopInstanceUid });
  return { sopClassUid: parametricMap, sopInstanceUid, seriesInstanceUid, dataSet };
}

/** STATIC: of one moment (PS3.3 C.8.16.1.3). */
const frameType = ['DERIVED', 'PRIMARY', 'STATIC', 'NONE'];

/** General Image, Floating Point Image Pixel and Parametric Map Image modules (PS3.3 C.7.6.1, C.7.6.24, C.8.32.2). */
function imageAttributes({ image: { header }, map, finding, number }: Subject): Attributes {
  return {
    ...compression(header),
    FrameOfReferenceUID: firstString(header, tags.FrameOfReferenceUID),
    PositionReferenceIndicator: firstString(header, tags.PositionReferenceIndicator) ?? '',
    InstanceNumber: String(number),
    ImageType: frameType,
    ContentLabel: 'AI_ACTIVATION',
    ContentDescription: `Reaction for: ${finding.label}`.slice(0, 64),
    ContentCreatorName: '',
    ContentQualification: 'RESEARCH',
    BurnedInAnnotation: 'NO',
    RecognizableVisualFeatures: 'NO',
    PresentationLUTShape: 'IDENTITY',
    AcquisitionContextSequence: [],
    SamplesPerPixel: [1],
    PhotometricInterpretation: 'MONOCHROME2',
    NumberOfFrames: '1',
    Rows: [map.rows],
    Columns: [map.columns],
    BitsAllocated: [32],
  };
}

/** What has been lost before the model saw the image. */
function compression(header: DataSet): Attributes {
  if (firstString(header, tags.LossyImageCompression) !== '01')
    return { LossyImageCompression: '00' };
  const [ratios, methods] = [tags.LossyImageCompressionRatio, tags.LossyImageCompressionMethod].map(
    (tag) => allStrings(header, tag),
  );
  return {
    LossyImageCompression: '01',
    LossyImageCompressionRatio: ratios?.length ? ratios : undefined,
    LossyImageCompressionMethod: methods?.length ? methods : undefined,
  };
}

/** Multi-frame Functional Groups and Multi-frame Dimension modules (PS3.3 C.7.6.16, C.7.6.17). */
function functionalGroups(subject: Subject, study: string): Attributes {
  const grid = gridOf(subject);
  return {
    ...dimensions(study),
    SharedFunctionalGroupsSequence: [
      {
        ...planeOf(grid),
        ParametricMapFrameTypeSequence: [{ FrameType: frameType }],
        PixelValueTransformationSequence: [
          { RescaleIntercept: '0', RescaleSlope: '1', RescaleType: 'US' },
        ],
        FrameVOILUTSequence: [voiOf(subject.map)],
        RealWorldValueMappingSequence: [realWorld(subject.map)],
      },
    ],
    PerFrameFunctionalGroupsSequence: [
      {
        FrameContentSequence: [{ DimensionIndexValues: [1] }],
        PlanePositionSequence: [{ ImagePositionPatient: grid.position.map(decimal) }],
        DerivationImageSequence: [derivation(subject)],
      },
    ],
  };
}

/** One frame, by its place. */
function dimensions(study: string): Attributes {
  const uid = deriveUid('dimensions', study, 'position');
  const index = {
    DimensionOrganizationUID: uid,
    DimensionIndexPointer: [tags.ImagePositionPatient],
    FunctionalGroupPointer: [tags.PlanePositionSequence],
    DimensionDescriptionLabel: 'Position',
  };
  return {
    DimensionOrganizationSequence: [{ DimensionOrganizationUID: uid }],
    DimensionIndexSequence: [index],
  };
}

/** Pixel Measures and Plane Orientation. */
function planeOf({ spacing, orientation, thickness }: Place): Attributes {
  return {
    PixelMeasuresSequence: [
      {
        PixelSpacing: [decimal(spacing.rows), decimal(spacing.columns)],
        SliceThickness: thickness === undefined ? undefined : decimal(thickness),
      },
    ],
    PlaneOrientationSequence: [{ ImageOrientationPatient: orientation.map(decimal) }],
  };
}

/** From nothing to the highest value. */
function voiOf({ values }: ActivationMap): Attributes {
  const highest = values.reduce((most, value) => Math.max(most, value), 0);
  return {
    WindowCenter: decimal(highest / 2),
    WindowWidth: decimal(highest),
    VOILUTFunction: 'LINEAR_EXACT',
  };
}

/** What a value says: the share of its place in the logit, whose mean over the map is the logit (PS3.3 C.7.6.16.2.11). */
function realWorld({ values }: ActivationMap): Attributes {
  const [lowest, highest] = values.reduce(
    ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
    [Infinity, -Infinity],
  );
  return {
    LUTExplanation: 'Class activation in units of the logit',
    LUTLabel: 'ACTIVATION',
    MeasurementUnitsCodeSequence: [
      codeAttributes({ value: '1', scheme: 'UCUM', meaning: 'no units' }),
    ],
    DoubleFloatRealWorldValueFirstValueMapped: [lowest],
    DoubleFloatRealWorldValueLastValueMapped: [highest],
    RealWorldValueIntercept: [0],
    RealWorldValueSlope: [1],
    QuantityDefinitionSequence: [
      {
        ValueType: 'CODE',
        ConceptNameCodeSequence: [codeAttributes(sct('246205007', 'Quantity'))],
        ConceptCodeSequence: [codeAttributes(dcm('130402', 'Class activation'))],
      },
    ],
  };
}

function derivation(subject: Subject): Attributes {
  const { frame } = subject.image;
  const { warning, finding } = heatmapWords(subject);
  return {
    DerivationDescription: `${warning}. ${finding}. ${subject.manifest.labelling.notice}`,
    DerivationCodeSequence: [codeAttributes(dcm('130402', 'Class activation'))],
    SourceImageSequence: [
      {
        ...referenceAttributes(subject.instance),
        ReferencedFrameNumber: frame === undefined ? undefined : String(frame),
        PurposeOfReferenceCodeSequence: [
          codeAttributes(dcm('121322', 'Source image for image processing operation')),
        ],
        SpatialLocationsPreserved: 'YES',
      },
    ],
  };
}

/** Where an image lies in the patient; undefined where its header does not say all of it. */
function placeOf({ header, pixels: { geometry } }: HeatmapSource): Place | undefined {
  const { spacing, position, orientation } = geometry ?? {};
  if (!firstString(header, tags.FrameOfReferenceUID) || spacing?.within !== 'patient')
    return undefined;
  return position && orientation ? { ...geometry, spacing, position, orientation } : undefined;
}

/** Where the grid of a map lies: that of the network's input after its steps, in larger fields. */
function gridOf({ image: { pixels }, map, place, manifest }: Subject): Place {
  const placements = placementsOf(manifest.preprocess, {
    ...sizeOf(pixels),
    spacing: place.spacing,
  });
  const seen = placements.at(-1) ?? pixels;
  const fields = { from: whole(seen), into: whole(map), ...sizeOf(map) };
  return [...placements, fields].reduce<Place>(
    (grid, placement) => ({ ...grid, ...placedGeometry(grid, placement) }),
    place,
  );
}

function sizeOf({ rows, columns }: Grid): Grid {
  return { rows, columns };
}

function whole(grid: Grid): Part {
  return { row: 0, column: 0, ...sizeOf(grid) };
}

/** 32-bit values, little endian; no attribute of a map has a higher tag. */
function encodePixels({ values }: ActivationMap): Uint8Array {
  const value = Buffer.alloc(4 * values.length);
  for (const [at, each] of values.entries()) value.writeFloatLE(each, 4 * at);
  const element = { tag: tags.FloatPixelData, vr: 'OF', value };
  return encodeDataSet({ elements: new Map([[tags.FloatPixelData, element]]), littleEndian: true });
}
