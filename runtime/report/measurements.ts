import { algorithmOf } from './algorithm.ts';
import { type Attributes, encodeAttributes } from './attributes.ts';
import { dcm } from './code.ts';
import { type ContentItem, codeItem, containerItem, rootContainer, textItem } from './content.ts';
import {
  documentAttributes,
  equipmentAttributes,
  seriesAttributes,
  studyInstanceUidOf,
} from './document-header.ts';
import { qualitativeEvaluations } from './evaluation.ts';
import { hierarchicalReferences } from './evidence.ts';
import { patientAndStudy } from './header.ts';
import {
  deviceObserverUid,
  documentInstanceUid,
  documentSeriesUid,
  trackingUid,
} from './identity.ts';
import {
  type MarkedFinding,
  type MarkedFrame,
  type MarkedSeries,
  type MaskedImage,
  markedSeries,
} from './marked-series.ts';
import {
  areaOf,
  boxAround,
  largestPart,
  longAxisOf,
  pixelCount,
  runsOf,
  volumeOf,
} from './mask-geometry.ts';
import { procedureCode } from './modality.ts';
import {
  type BoxedRegion,
  planarGroup,
  type Region,
  type SegmentedRegion,
  volumetricGroup,
} from './region-group.ts';
import { comprehensive3dSr } from './report.ts';
import { referencedRequests } from './requested-procedure.ts';
import type { ReportObject, ReportRequest, SourceInstance } from './request.ts';
import { buildSegmentations, type Segmentation } from './segmentation.ts';
import { deviceObserver } from './tid1001.ts';
import { english } from './tid1500.ts';
import { imageLibrary } from './tid1600.ts';
import { algorithmIdentification } from './tid4019.ts';

/** How a measurement document shows where: by rectangles, or by the segments of Segmentations that go with it. */
export type Shape = 'boxes' | 'segments';

/** One finding where it is, and the images it is on. */
interface Measured {
  group: ContentItem;
  images: SourceInstance[];
  segmentation: Segmentation | undefined;
}

/**
 * Where the flagged findings are and how large, as a Comprehensive 3D SR by TID 1500 of its own beside the report:
 * viewers fail on a document whose groups follow both TID 1501 and TID 1410. As `segments`, slices have a volumetric
 * group for each segment of `buildSegmentations`, which has to be sent too; radiographs have rectangles all the same.
 * As `boxes`, everything has the rectangle around the largest part on the slice where it is largest. Undefined where
 * nothing is flagged or marked, and where the bundle may not say where it reacted. The same request and images give the
 * same bytes. Throws DATA_SET_UNREADABLE where the source names no study.
 */
export function buildMeasurements(
  request: ReportRequest,
  images: readonly MaskedImage[],
  shape: Shape,
): ReportObject | undefined {
  const study = studyInstanceUidOf(request.source);
  const measured = measure(request, images, shape);
  if (measured.length === 0) return undefined;
  const seriesInstanceUid = documentSeriesUid('measurements', request, study);
  const content = documentContent(request, measured, { study, seriesInstanceUid });
  const sopInstanceUid = documentInstanceUid(
    'measurements',
    request,
    study,
    encodeAttributes(content),
  );
  const dataSet = encodeAttributes({ ...content, SOPInstanceUID: sopInstanceUid });
  return { sopClassUid: comprehensive3dSr, sopInstanceUid, seriesInstanceUid, dataSet };
}

function measure(request: ReportRequest, images: readonly MaskedImage[], shape: Shape): Measured[] {
  if (shape === 'boxes')
    return markedSeries(request, images).flatMap(({ findings }) =>
      findings.map((finding) => inBox(request, finding)),
    );
  return buildSegmentations(request, images).flatMap((segmentation) =>
    segmentation.marked.findings.map((finding, at) =>
      segmentation.marked.placed
        ? asSegment(request, finding, segmentation, at + 1)
        : inBox(request, finding),
    ),
  );
}

function regionOf(
  request: ReportRequest,
  { finding, probability, subject }: MarkedFinding,
): Region {
  const study = studyInstanceUidOf(request.source);
  const uid = trackingUid(request, study, subject.sopInstanceUid, finding.id);
  return { finding, probability, trackingUid: uid };
}

function inBox(request: ReportRequest, marked: MarkedFinding): Measured {
  const frame = boxedFrame(marked.frames);
  const region: BoxedRegion = {
    ...regionOf(request, marked),
    image: frame.instance,
    frame: frame.mask.frame,
    ...boxedPart(frame),
  };
  return {
    group: planarGroup(region, algorithmOf(request)),
    images: [frame.instance],
    segmentation: undefined,
  };
}

/** The frame whose largest part is larger than that of any other; the first of equals. */
export function boxedFrame(frames: readonly MarkedFrame[]): MarkedFrame {
  const size = ({ mask }: MarkedFrame) => pixelCount(largestPart(runsOf(mask)));
  return frames.reduce((largest, frame) => (size(frame) > size(largest) ? frame : largest));
}

/** The largest part of a mask: the rectangle around it, and its size in the patient, otherwise at the detector. */
export function boxedPart({ geometry, mask }: MarkedFrame): Pick<BoxedRegion, 'box' | 'size'> {
  const part = largestPart(runsOf(mask));
  const [rows, columns] = [...geometry.spacing, ...geometry.planeSpacing].map(Number);
  if (!rows || !columns) return { box: boxAround(part), size: undefined };
  const spacing = { rows, columns };
  const size = {
    squareMillimetres: areaOf(part, spacing),
    longAxisMillimetres: longAxisOf(part, spacing),
  };
  return { box: boxAround(part), size };
}

function asSegment(
  request: ReportRequest,
  marked: MarkedFinding,
  segmentation: Segmentation,
  segment: number,
): Measured {
  const images = [...new Set(marked.frames.map(({ instance }) => instance))];
  const region: SegmentedRegion = {
    ...regionOf(request, marked),
    segmentation,
    segment,
    images,
    cubicMillimetres: volumeIn(segmentation.marked, marked),
  };
  return { group: volumetricGroup(region, algorithmOf(request)), images, segmentation };
}

/** Cubic millimetres; undefined where nothing says how thick a slice counts. */
export function volumeIn({ step }: MarkedSeries, { frames }: MarkedFinding): number | undefined {
  const [rows = 0, columns = 0] = frames[0]!.geometry.spacing.map(Number);
  if (step === undefined) return undefined;
  return volumeOf(
    frames.map(({ mask }) => runsOf(mask)),
    { rows, columns },
    step,
  );
}

function documentContent(
  request: ReportRequest,
  measured: Measured[],
  { study, seriesInstanceUid }: { study: string; seriesInstanceUid: string },
): Attributes {
  const images = imagesOf(request, measured);
  const segmentations = new Set(measured.flatMap(({ segmentation }) => segmentation ?? []));
  return {
    ...patientAndStudy(request.source),
    StudyInstanceUID: study,
    ReferencedRequestSequence: referencedRequests(request.source, study),
    ...seriesAttributes('measurements', seriesInstanceUid),
    ...equipmentAttributes(request),
    ...documentAttributes(comprehensive3dSr, request),
    CompletionFlag: 'COMPLETE',
    VerificationFlag: 'UNVERIFIED',
    PreliminaryFlag: 'FINAL',
    PerformedProcedureCodeSequence: [],
    CurrentRequestedProcedureEvidenceSequence: hierarchicalReferences(study, [
      ...images,
      ...segmentations,
    ]),
    ...measurementTree(request, measured, images),
  };
}

/** In the order of the study, each once. */
function imagesOf({ instances }: ReportRequest, measured: Measured[]): SourceInstance[] {
  const named = new Set(measured.flatMap(({ images }) => images));
  return instances.filter((instance) => named.has(instance));
}

function measurementTree(
  request: ReportRequest,
  measured: Measured[],
  images: SourceInstance[],
): ContentItem {
  const language = dcm('121049', 'Language of Content Item and Descendants');
  const procedure = procedureCode(images[0]?.modality ?? '');
  const notice = request.manifest?.labelling.notice ?? '';
  const children = [
    codeItem('HAS CONCEPT MOD', language, english),
    ...deviceObserver(request.device, deviceObserverUid(request)),
    codeItem('HAS CONCEPT MOD', dcm('121058', 'Procedure reported'), procedure),
    imageLibrary(images),
    containerItem('CONTAINS', dcm('126010', 'Imaging Measurements'), [
      ...algorithmIdentification(algorithmOf(request)),
      ...measured.map(({ group }) => group),
    ]),
    containerItem('CONTAINS', qualitativeEvaluations, [
      textItem('CONTAINS', dcm('121106', 'Comment'), `${notice} ${explanation}`),
    ]),
  ];
  return rootContainer(dcm('126000', 'Imaging Measurement Report'), children, '1500');
}

/** What the sizes are of. */
export const explanation =
  'Sizes are those of the pixels that the model marked, with the spacing that the image states.';
