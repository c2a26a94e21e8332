import type { Manifest } from '../models/manifest.ts';
import type { ActivationMap } from '../models/outcome.ts';
import type { ImageGeometry, StoredImage } from '../models/stored-image.ts';
import type { DataSet } from '../runtime/dicom/data-set.ts';
import { type Keyword, tags } from '../runtime/dicom/tag.ts';
import { allNumbers } from '../runtime/dicom/value.ts';
import { formsOf, lowerReport } from '../runtime/report/form.ts';
import { buildHeatmaps } from '../runtime/report/heatmap.ts';
import { buildKeyObjects } from '../runtime/report/key-object.ts';
import type { MaskedImage } from '../runtime/report/marked-series.ts';
import { buildMeasurements, type Shape } from '../runtime/report/measurements.ts';
import { buildParametricMaps } from '../runtime/report/parametric-map.ts';
import { buildPresentationState } from '../runtime/report/presentation-state.ts';
import { buildReport } from '../runtime/report/report.ts';
import type { ReportObject, ReportRequest } from '../runtime/report/request.ts';
import {
  type BrokenRule,
  checkHeatmap,
  checkKeyObjects,
  checkMeasurements,
  checkParametricMap,
  checkPresentationState,
  checkReport,
  checkSegmentation,
} from '../runtime/report/rules.ts';
import { buildSegmentations } from '../runtime/report/segmentation.ts';
import { markedImages } from './report-marks.ts';
import type { ReportSample } from './report-sample.ts';

/** What a sample has: `picture` is the report as a picture of its text, `measurements` refer to a segmentation, `boxes` are the same without one. */
export type SampleKind =
  | 'report'
  | 'picture'
  | 'key-objects'
  | 'heatmap'
  | 'presentation-state'
  | 'parametric-map'
  | 'segmentation'
  | 'measurements'
  | 'boxes';

/** One object of a sample, and which of our own rules it breaks. */
export interface SampleObject {
  kind: SampleKind;
  object: ReportObject;
  broken: BrokenRule[];
}

/** The report of a sample; beside a finding whatever a bundle with masks may show of it. */
export function sampleObjects({ outcome, request }: ReportSample): SampleObject[] {
  const object = buildReport(request);
  const broken = checkReport(object.dataSet, request);
  const report: SampleObject = { kind: 'report', object, broken };
  return outcome === 'finding'
    ? [report, pictureOf(object), ...objectsBeside(localised(request))]
    : [report];
}

/** It has been held against its rules when it was made. */
function pictureOf(report: ReportObject): SampleObject {
  const { sopClassUid, sopInstanceUid } = formsOf(report).at(-1)!;
  const dataSet = lowerReport(report.dataSet, sopClassUid);
  return {
    kind: 'picture',
    object: { ...report, sopClassUid, sopInstanceUid, dataSet },
    broken: [],
  };
}

function objectsBeside(request: ReportRequest): SampleObject[] {
  const images = markedImages(request);
  return [
    ...keyObjects(request),
    ...heatmaps(request, images),
    ...presentationStates(request, images),
    ...parametricMaps(request, images),
    ...segmentations(request, images),
    ...measurements(request, images, 'segments'),
    ...measurements(request, images, 'boxes'),
  ];
}

/** The same result of a bundle that may say where it reacted. */
export function localised(request: ReportRequest): ReportRequest {
  if (!request.manifest) return request;
  const { show, explanation } = request.manifest;
  const manifest: Manifest = {
    ...request.manifest,
    presentation: 'concurrent-aid',
    show: { ...show, localisation: true },
    explanation: { ...explanation, method: 'class-activation-map' },
  };
  return { ...request, manifest };
}

function keyObjects(request: ReportRequest): SampleObject[] {
  const object = buildKeyObjects(request);
  if (!object) return [];
  return [{ kind: 'key-objects', object, broken: checkKeyObjects(object.dataSet, request) }];
}

function heatmaps(request: ReportRequest, images: readonly MaskedImage[]): SampleObject[] {
  const maps = (request.manifest?.findings ?? []).map(({ id }) => mapOf(id));
  return images.flatMap(({ header }) =>
    buildHeatmaps(request, { header, pixels }, maps).map((object): SampleObject => {
      const broken = checkHeatmap(object.dataSet, request, [header]);
      return { kind: 'heatmap', object, broken };
    }),
  );
}

function presentationStates(
  request: ReportRequest,
  images: readonly MaskedImage[],
): SampleObject[] {
  return images.flatMap(({ header, masks }): SampleObject[] => {
    const object = buildPresentationState(request, { header, pixels }, { masks, maps: [] });
    if (!object) return [];
    const broken = checkPresentationState(object.dataSet, request, [header]);
    return [{ kind: 'presentation-state', object, broken }];
  });
}

/** Of slices: a radiograph has no place in the patient. */
function parametricMaps(request: ReportRequest, images: readonly MaskedImage[]): SampleObject[] {
  const maps = (request.manifest?.findings ?? []).map(({ id }) => mapOf(id));
  return images.flatMap(({ header }) => {
    const placed = { ...pixels, geometry: geometryOf(header) };
    return buildParametricMaps(request, { header, pixels: placed }, maps).map(
      (object): SampleObject => {
        const broken = checkParametricMap(object.dataSet, request, [header]);
        return { kind: 'parametric-map', object, broken };
      },
    );
  });
}

function geometryOf(header: DataSet): ImageGeometry {
  const numbers = (keyword: Keyword) =>
    allNumbers(header, tags[keyword]).map((each) => each ?? NaN);
  const [position, orientation] = [
    numbers('ImagePositionPatient'),
    numbers('ImageOrientationPatient'),
  ];
  const [rows = 0, columns = 0] = numbers('PixelSpacing');
  if (position.length !== 3 || orientation.length !== 6) return {};
  return {
    spacing: { rows, columns, within: 'patient' },
    position: position as NonNullable<ImageGeometry['position']>,
    orientation: orientation as NonNullable<ImageGeometry['orientation']>,
  };
}

function segmentations(request: ReportRequest, images: readonly MaskedImage[]): SampleObject[] {
  return buildSegmentations(request, images).map((object): SampleObject => {
    const broken = checkSegmentation(object.dataSet, request, images);
    return { kind: 'segmentation', object, broken };
  });
}

function measurements(
  request: ReportRequest,
  images: readonly MaskedImage[],
  shape: Shape,
): SampleObject[] {
  const object = buildMeasurements(request, images, shape);
  if (!object) return [];
  const broken = checkMeasurements(object.dataSet, request, { images, shape });
  return [{ kind: shape === 'boxes' ? 'boxes' : 'measurements', object, broken }];
}

/** Half of it reacts. */
function mapOf(finding: string): ActivationMap {
  return { finding, rows: 2, columns: 2, values: [0, 1, 0, 2] };
}

/** A grey wedge, of the size that the headers of the marked images say. */
const pixels: StoredImage = {
  rows: 43,
  columns: 51,
  values: Float32Array.from({ length: 43 * 51 }, (_, at) => (at % 51) * 80),
  range: [0, 4095],
  photometric: 'MONOCHROME2',
  slope: 1,
  intercept: 0,
};
