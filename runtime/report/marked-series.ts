import type { Finding } from '../../models/manifest.ts';
import type { AnalysedInstance, Mask, StudyFinding } from '../../models/outcome.ts';
import type { DataSet } from '../dicom/data-set.ts';
import { tags } from '../dicom/tag.ts';
import { firstInteger, firstString } from '../dicom/value.ts';
import { depthOf, type FrameGeometry, frameGeometry, isPlaced } from './frame-geometry.ts';
import { pixelCount, runsOf } from './mask-geometry.ts';
import { isProjection } from './modality.ts';
import type { ReportRequest, SourceInstance } from './request.ts';

/** One image that a model was asked about, and what it marked there: nothing, perhaps. */
export interface MaskedImage {
  /** Of the source instance, with its functional groups where it has several frames. */
  header: DataSet;
  masks: readonly Mask[];
}

/** What a model marked on one frame. */
export interface MarkedFrame {
  instance: SourceInstance;
  header: DataSet;
  geometry: FrameGeometry;
  mask: Mask;
}

/** One finding on the frames that carry it, from one side of the patient to the other. */
export interface MarkedFinding {
  finding: Finding;
  /** Of the slices together, or of the one image. */
  probability: number;
  /** The image that speaks for the finding: the report names the finding by it too. */
  subject: SourceInstance;
  /** At least one. */
  frames: MarkedFrame[];
}

/** The marks that one Segmentation can hold: on parallel slices of one series and grid, or on one image. */
export interface MarkedSeries {
  /** Whether its frames have their place in the patient; otherwise it is one image. */
  placed: boolean;
  rows: number;
  columns: number;
  /** Distance of neighbouring slices, millimetres; undefined where it is not known. */
  step: number | undefined;
  findings: MarkedFinding[];
}

/**
 * What a model marked and the bundle lets one show: flagged findings only, and none where it may not say where it
 * reacted. `images`: every image of the series at hand, marked or not, as their distances say how thick a slice counts.
 */
export function markedSeries(
  request: ReportRequest,
  images: readonly MaskedImage[],
): MarkedSeries[] {
  const all = framesOf(request, images);
  const groups = Map.groupBy(all, seriesKey);
  return Array.from(groups.values(), (frames) => describeSeries(request, frames, images)).filter(
    ({ findings }) => findings.length > 0,
  );
}

/** In the order of the study. */
function framesOf(request: ReportRequest, images: readonly MaskedImage[]): MarkedFrame[] {
  const bySopInstanceUid = Map.groupBy(images, ({ header }) =>
    firstString(header, tags.SOPInstanceUID),
  );
  return request.instances.flatMap((instance) =>
    (bySopInstanceUid.get(instance.sopInstanceUid) ?? []).flatMap(({ header, masks }) =>
      masks
        .filter(({ runs }) => runs.length > 0)
        .map((mask) => ({
          instance,
          header,
          mask,
          geometry: frameGeometry(header, mask.frame),
        })),
    ),
  );
}

function isSlice({ instance, geometry }: MarkedFrame): boolean {
  return !isProjection(instance.modality) && isPlaced(geometry);
}

/** What all slices of a Segmentation must share. */
function seriesKey(frame: MarkedFrame): string {
  const { instance, geometry, mask } = frame;
  const grid = [mask.rows, mask.columns];
  if (!isSlice(frame)) return [instance.sopInstanceUid, ...grid].join();
  const { frameOfReference, orientation, spacing, thickness } = geometry;
  const plane = [...orientation, ...spacing, ...thickness];
  return [instance.seriesInstanceUid, frameOfReference, ...plane, ...grid].join();
}

function describeSeries(
  request: ReportRequest,
  frames: MarkedFrame[],
  images: readonly MaskedImage[],
): MarkedSeries {
  const [first] = frames;
  const placed = isSlice(first!);
  const ordered = placed ? frames.toSorted(byDepth) : frames;
  return {
    placed,
    rows: first!.mask.rows,
    columns: first!.mask.columns,
    step: placed ? stepOf(first!, images) : undefined,
    findings: markedFindings(request, ordered),
  };
}

/** Orders placed frames from one side of the patient to the other. */
export function byDepth(one: MarkedFrame, other: MarkedFrame): number {
  return depthOf(one.geometry) - depthOf(other.geometry);
}

function markedFindings(
  { conclusion, manifest }: ReportRequest,
  frames: MarkedFrame[],
): MarkedFinding[] {
  if (conclusion.state !== 'flagged' || !manifest?.show.localisation) return [];
  const { findings: seen, analysed } = conclusion;
  return manifest.findings.flatMap((finding) => {
    const whole = seen.find((each) => each.finding === finding.id);
    const own = frames.filter(({ mask }) => mask.finding === finding.id);
    if (!whole?.flagged || own.length === 0) return [];
    const subject = subjectOf(whole, own);
    const probability = isProjection(subject.modality)
      ? probabilityOn(subject, finding, analysed)
      : whole.probability;
    return probability >= finding.threshold ? [{ finding, probability, subject, frames: own }] : [];
  });
}

/** A radiograph is an examination of its own: what another one shows says nothing of this one. */
function probabilityOn(
  { sopInstanceUid }: SourceInstance,
  { id }: Finding,
  analysed: readonly AnalysedInstance[],
): number {
  const scores = analysed
    .filter((each) => each.sopInstanceUid === sopInstanceUid)
    .flatMap((each) => each.scores.filter(({ finding }) => finding === id));
  return Math.max(0, ...scores.map(({ probability }) => probability));
}

/** The image that made the probability; where it is not among them, the one with the largest mark. */
function subjectOf({ key }: StudyFinding, frames: MarkedFrame[]): SourceInstance {
  const strongest = key.flatMap(({ sopInstanceUid }) =>
    frames.filter(({ instance }) => instance.sopInstanceUid === sopInstanceUid),
  );
  return (strongest[0] ?? largestOf(frames)).instance;
}

/** The frame on which most pixels are marked; the first of equals. */
export function largestOf(frames: readonly MarkedFrame[]): MarkedFrame {
  return frames.reduce((largest, frame) =>
    pixelCount(runsOf(frame.mask)) > pixelCount(runsOf(largest.mask)) ? frame : largest,
  );
}

/** Millimetres between neighbouring slices of the series, by their positions; otherwise by what the header says. */
function stepOf(
  { instance, geometry }: MarkedFrame,
  images: readonly MaskedImage[],
): number | undefined {
  const depths = images
    .filter(
      ({ header }) => firstString(header, tags.SeriesInstanceUID) === instance.seriesInstanceUid,
    )
    .flatMap(({ header }) => allFrames(header))
    .filter((frame) => frame.orientation.join() === geometry.orientation.join() && isPlaced(frame))
    .map(depthOf)
    .toSorted((one, other) => one - other);
  const gaps = depths.slice(1).map((depth, at) => depth - depths[at]!);
  const step = Math.min(...gaps.filter((gap) => gap > nothing));
  return Number.isFinite(step) ? step : Number(geometry.thickness[0]) || undefined;
}

/** Less is no distance but a rounding, millimetres. */
const nothing = 0.001;

function allFrames(header: DataSet): FrameGeometry[] {
  const count = firstInteger(header, tags.NumberOfFrames) ?? 1;
  return Array.from({ length: count }, (_, at) => frameGeometry(header, at + 1));
}
