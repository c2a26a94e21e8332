import { halfMaximumPartOf } from '../../models/explanation/heat-map.ts';
import { mapBack, placementsOf, type SizedGrid } from '../../models/geometry.ts';
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

/** Undefined where nothing of it lies on the image, such as on the border that a letterbox adds. */
function boxOfMap(
  map: ActivationMap,
  { pixels: { rows, columns, geometry } }: HeatmapSource,
  steps: readonly PreprocessStep[],
): Box | undefined {
  const part = halfMaximumPartOf({ ...map, values: Float32Array.from(map.values) });
  if (!part) return undefined;
  const source: SizedGrid = { rows, columns, spacing: geometry?.spacing };
  const seen = placementsOf(steps, source).at(-1) ?? source;
  // Edges lie half a pixel before the centres that `mapBack` counts in.
  const edge = (row: number, column: number) =>
    mapBack(steps, source, {
      row: (row * seen.rows) / map.rows - 0.5,
      column: (column * seen.columns) / map.columns - 0.5,
    });
  const [first, last] = [
    edge(part.row, part.column),
    edge(part.row + part.rows, part.column + part.columns),
  ];
  const within = (place: number, count: number) => Math.min(count, Math.max(0, place + 0.5));
  const box = {
    top: within(first.row, rows),
    left: within(first.column, columns),
    bottom: within(last.row, rows),
    right: within(last.column, columns),
  };
  return box.bottom > box.top && box.right > box.left ? box : undefined;
}
