import { partAround } from '../../models/explanation/heat-map.ts';
import { project } from '../../models/explanation/projection.ts';
import type { Finding, PreprocessStep } from '../../models/manifest.ts';
import type { ActivationMap, Mask } from '../../models/outcome.ts';
import { tags } from '../dicom/tag.ts';
import { firstString } from '../dicom/value.ts';
import { type HeatmapSource, mayShow, restsOn } from './heatmap.ts';
import { type Box, boxAround, runsOf } from './mask-geometry.ts';
import type { ReportRequest } from './request.ts';

/** What a model gave for one image, or one frame of it, beside its scores. */
export interface ImageMarks {
  masks: readonly Mask[];
  maps: readonly ActivationMap[];
}

/** Where a flagged finding lies on an image. */
export interface FindingBox {
  finding: Finding;
  /** On the grid of the stored image. */
  box: Box;
  /** From a map, which says where a model reacted and not how far a finding reaches. */
  isRough: boolean;
}

/**
 * The boxes of the flagged findings that rest on an image, in the order of the manifest: around the mask of a finding,
 * or where there is none around what lies about the highest value of its map at half that value or more. None where the
 * bundle may not say where it reacted.
 */
export function findingBoxes(
  request: ReportRequest,
  image: HeatmapSource,
  marks: ImageMarks,
): FindingBox[] {
  const { manifest } = request;
  if (!manifest) return [];
  const uid = firstString(image.header, tags.SOPInstanceUID);
  return keyFindings(request, uid, image.frame).flatMap((finding): FindingBox[] => {
    const masked = boxOfMask(marks.masks, finding, image);
    if (masked) return [{ finding, box: masked, isRough: false }];
    const map = marks.maps.find((each) => each.finding === finding.id);
    const mapped = map && mayShow(manifest) && boxOfMap(map, image, manifest.preprocess);
    return mapped ? [{ finding, box: mapped, isRough: true }] : [];
  });
}

/** The flagged findings that rest on an image, where the bundle may say so. */
export function keyFindings(
  { manifest, conclusion, instances }: ReportRequest,
  uid: string | undefined,
  frame?: number,
): Finding[] {
  const instance = instances.find(({ sopInstanceUid }) => sopInstanceUid === uid);
  if (!manifest?.show.localisation || !instance) return [];
  return manifest.findings.filter((finding) => restsOn(conclusion, finding, { instance, frame }));
}

function boxOfMask(
  masks: readonly Mask[],
  { id }: Finding,
  { pixels, frame = 1 }: HeatmapSource,
): Box | undefined {
  const mask = masks.find((each) => each.finding === id && (each.frame ?? 1) === frame);
  const fits = mask?.rows === pixels.rows && mask.columns === pixels.columns;
  return mask && fits && mask.runs.length > 0 ? boxAround(runsOf(mask)) : undefined;
}

/** Longer side of the grid on which the edges of a map are sought: they are rough, and images large. */
const finest = 512;

/**
 * Between the fields of a map its values are interpolated, as in a heatmap. Undefined where nothing of that height lies
 * on the image, such as a peak on the border that a letterbox adds.
 */
function boxOfMap(
  map: ActivationMap,
  { pixels: { rows, columns, geometry } }: HeatmapSource,
  steps: readonly PreprocessStep[],
): Box | undefined {
  const highest = map.values.reduce((most, value) => Math.max(most, value), 0);
  if (highest === 0) return undefined;
  const scale = Math.min(1, finest / Math.max(rows, columns));
  const grid = { rows: Math.ceil(rows * scale), columns: Math.ceil(columns * scale) };
  const source = { rows, columns, spacing: geometry?.spacing };
  const heat = { ...map, values: Float32Array.from(map.values) };
  const part = partAround(project(heat, grid, { source, steps }), highest / 2);
  if (!part) return undefined;
  const [down, across] = [rows / grid.rows, columns / grid.columns];
  return {
    top: part.row * down,
    left: part.column * across,
    bottom: (part.row + part.rows) * down,
    right: (part.column + part.columns) * across,
  };
}
