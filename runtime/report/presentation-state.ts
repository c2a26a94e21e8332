import type { DataElement } from '../dicom/data-set.ts';
import { encodeDataSet } from '../dicom/data-set-writer.ts';
import { tags } from '../dicom/tag.ts';
import { firstString } from '../dicom/value.ts';
import type { StoredImage } from '../../models/stored-image.ts';
import { algorithmOf } from './algorithm.ts';
import { type Attributes, encodeAttributes } from './attributes.ts';
import { referenceAttributes } from './content.ts';
import {
  documentAttributes,
  equipmentAttributes,
  examinedPart,
  generalSeries,
  studyInstanceUidOf,
} from './document-header.ts';
import { type FindingBox, findingBoxes, type ImageMarks } from './finding-box.ts';
import { decimal, greyScale } from './grey-scale.ts';
import { patientAndStudy } from './header.ts';
import type { HeatmapSource } from './heatmap.ts';
import { documentInstanceUid, documentSeriesUid } from './identity.ts';
import type { Box } from './mask-geometry.ts';
import { describeMoment } from './moment.ts';
import type { ReportObject, ReportRequest, SourceInstance } from './request.ts';
import { readDocument } from './rules/document.ts';

/** Grayscale Softcopy Presentation State Storage (PS3.4 B.5). */
export const presentationState = '1.2.840.10008.5.1.4.1.1.11.1';

/** The one layer of what is drawn. */
const layer = 'AI_RESULT';
const title = 'AI Result - NOT FOR PRIMARY DIAGNOSIS';
/** Brightest: full scale of the P-Values. */
const white = 0xffff;

/**
 * A box and a name on one image for each flagged finding whose place on it is known, as a Grayscale Softcopy
 * Presentation State: the image itself stays as it is, and a viewer lays the marks over it when asked. Undefined where
 * there is no box, where the image has colours, and where the bundle may not say where it reacted. `marks`: those of this
 * image, or of this frame. The same request, image and marks give the same bytes.
 * Throws DATA_SET_UNREADABLE where the source names no study.
 */
export function buildPresentationState(
  request: ReportRequest,
  image: HeatmapSource,
  marks: ImageMarks,
): ReportObject | undefined {
  const uid = firstString(image.header, tags.SOPInstanceUID);
  const at = request.instances.findIndex(({ sopInstanceUid }) => sopInstanceUid === uid);
  const instance = request.instances[at];
  const boxes = findingBoxes(request, image, marks);
  if (!instance || boxes.length === 0 || image.pixels.photometric === 'RGB') return undefined;
  const study = studyInstanceUidOf(request.source);
  const seriesInstanceUid = documentSeriesUid('PR', request, study);
  const content = {
    ...patientAndStudy(request.source),
    StudyInstanceUID: study,
    Modality: 'PR',
    ...generalSeries('PR', seriesInstanceUid),
    ...equipmentAttributes(request),
    ...identification(request, at + 1),
    ...examinedPart(image.header),
    ...marksOn(request, boxes, referenceOf(instance, image.frame), instance),
    DisplayedAreaSelectionSequence: [displayedArea(image.pixels)],
  };
  return seal(content, greyScale(image.pixels, image.header), {
    request,
    study,
    seriesInstanceUid,
  });
}

/** Where an object belongs. */
interface Place {
  request: ReportRequest;
  study: string;
  seriesInstanceUid: string;
}

function seal(
  content: Attributes,
  grey: readonly DataElement[],
  { request, study, seriesInstanceUid }: Place,
): ReportObject {
  const whole = (attributes: Attributes) => {
    const { elements, ...rest } = readDocument(encodeAttributes(attributes)).header;
    const more = grey.map((each): [number, DataElement] => [each.tag, each]);
    return encodeDataSet({ ...rest, elements: new Map([...elements, ...more]) });
  };
  const sopInstanceUid = documentInstanceUid('PR', request, study, whole(content));
  const dataSet = whole({ ...content, SOPInstanceUID: sopInstanceUid });
  return { sopClassUid: presentationState, sopInstanceUid, seriesInstanceUid, dataSet };
}

/** Presentation State Identification module (PS3.3 C.11.10). It has no date of its content but that of its making. */
function identification(request: ReportRequest, number: number): Attributes {
  const { date, time } = describeMoment(request.at, request.device.utcOffsetMinutes);
  return {
    ...documentAttributes(presentationState, request),
    ContentDate: undefined,
    ContentTime: undefined,
    InstanceNumber: String(number),
    ContentLabel: layer,
    ContentDescription: title,
    ContentCreatorName: '',
    PresentationCreationDate: date,
    PresentationCreationTime: time,
  };
}

function referenceOf(instance: SourceInstance, frame: number | undefined): Attributes {
  return {
    ...referenceAttributes(instance),
    ReferencedFrameNumber: frame === undefined ? undefined : String(frame),
  };
}

/** Presentation State Relationship, Graphic Annotation and Graphic Layer modules (PS3.3 C.11.11, C.10.5, C.10.7). */
function marksOn(
  request: ReportRequest,
  boxes: FindingBox[],
  reference: Attributes,
  { seriesInstanceUid }: SourceInstance,
): Attributes {
  const common = { ReferencedImageSequence: [reference], GraphicLayer: layer };
  return {
    ReferencedSeriesSequence: [
      { SeriesInstanceUID: seriesInstanceUid, ReferencedImageSequence: [reference] },
    ],
    GraphicAnnotationSequence: [
      { ...common, TextObjectSequence: [warningText(stateWarning(request))] },
      ...boxes.map((each) => ({
        ...common,
        TextObjectSequence: [nameText(boxLabel(each), each.box)],
        GraphicObjectSequence: [outline(each.box)],
      })),
    ],
    GraphicLayerSequence: [
      {
        GraphicLayer: layer,
        GraphicLayerOrder: '1',
        GraphicLayerRecommendedDisplayGrayscaleValue: [white],
        GraphicLayerDescription: title,
      },
    ],
  };
}

/** What stands beside the boxes of every presentation state. */
export function stateWarning(request: ReportRequest): string {
  const { name, version } = algorithmOf(request);
  return [title, `${name} ${version}`, request.manifest?.labelling.notice ?? ''].join('\r\n');
}

/** What stands at a box. */
export function boxLabel({ finding, isRough }: Pick<FindingBox, 'finding' | 'isRough'>): string {
  const label = `AI: ${finding.label}`;
  return isRough ? `${label}\r\nrough indication, no outline` : label;
}

/** At the lower edge of the display, wherever the image is. */
function warningText(text: string): Attributes {
  return {
    BoundingBoxAnnotationUnits: 'DISPLAY',
    UnformattedTextValue: text,
    BoundingBoxTopLeftHandCorner: [0.02, 0.88],
    BoundingBoxBottomRightHandCorner: [0.98, 0.98],
    BoundingBoxTextHorizontalJustification: 'LEFT',
  };
}

/** At the upper left corner of its box, column before row. */
function nameText(text: string, { top, left }: Box): Attributes {
  return {
    AnchorPointAnnotationUnits: 'PIXEL',
    UnformattedTextValue: text,
    AnchorPoint: [left, top],
    AnchorPointVisibility: 'N',
  };
}

/** A closed line, column before row; 0 is the edge of the first pixel (PS3.3 C.10.5.1.2). */
function outline({ top, left, bottom, right }: Box): Attributes {
  const corners = [left, top, right, top, right, bottom, left, bottom, left, top];
  return {
    GraphicAnnotationUnits: 'PIXEL',
    GraphicDimensions: [2],
    NumberOfGraphicPoints: [corners.length / 2],
    GraphicData: corners,
    GraphicType: 'POLYLINE',
    GraphicFilled: 'N',
  };
}

/** Displayed Area module (PS3.3 C.10.4): the whole image, its pixels in their proportions. */
function displayedArea({ rows, columns, geometry }: StoredImage): Attributes {
  const spacing = geometry?.spacing;
  const known = spacing?.within === 'patient';
  return {
    DisplayedAreaTopLeftHandCorner: [1, 1],
    DisplayedAreaBottomRightHandCorner: [columns, rows],
    PresentationSizeMode: 'SCALE TO FIT',
    PresentationPixelSpacing: known ? [decimal(spacing.rows), decimal(spacing.columns)] : undefined,
    PresentationPixelAspectRatio: known ? undefined : aspectRatio(spacing),
  };
}

/** Height and width of a pixel as whole numbers, where millimetres are not those in the patient. */
function aspectRatio(spacing: { rows: number; columns: number } | undefined): string[] {
  if (!spacing || spacing.rows === spacing.columns) return ['1', '1'];
  return [spacing.rows, spacing.columns].map((each) => String(Math.round(each * 100_000)));
}
