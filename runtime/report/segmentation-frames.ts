import { tags } from '../dicom/tag.ts';
import { deriveUid } from '../dicom/uid.ts';
import type { Attributes } from './attributes.ts';
import { codeAttributes, dcm } from './code.ts';
import { referenceAttributes } from './content.ts';
import { byDepth, type MarkedFrame, type MarkedSeries } from './marked-series.ts';

/** One frame of a Segmentation. */
export interface SegmentFrame extends MarkedFrame {
  /** From 1. */
  segment: number;
  /** Place among the planes of all segments, from 1. */
  plane: number;
}

/** The frames of a Segmentation in their order: segment by segment, and in each from one side to the other. */
export function segmentFrames({ findings, placed }: MarkedSeries): SegmentFrame[] {
  const all = findings.flatMap(({ frames }) => frames).toSorted(placed ? byDepth : byFrame);
  const planes = [...new Set(all.map(planeKey))];
  return findings.flatMap(({ frames }, at) =>
    frames.map((frame) => ({
      ...frame,
      segment: at + 1,
      plane: planes.indexOf(planeKey(frame)) + 1,
    })),
  );
}

function byFrame(
  { mask: { frame: one = 1 } }: MarkedFrame,
  { mask: { frame: other = 1 } }: MarkedFrame,
): number {
  return one - other;
}

function planeKey({ instance, mask }: MarkedFrame): string {
  return `${instance.sopInstanceUid} ${mask.frame ?? 1}`;
}

/**
 * Multi-frame Functional Groups and Multi-frame Dimension modules (PS3.3 C.7.6.16, C.7.6.17). The source of each frame
 * stands beside the frame, where viewers look for it, even if it is the same for all.
 */
export function functionalGroups(marked: MarkedSeries, study: string): Attributes {
  const frames = segmentFrames(marked);
  return {
    NumberOfFrames: String(frames.length),
    ...dimensions(marked.placed, study),
    SharedFunctionalGroupsSequence: [marked.placed ? planeOf(frames[0]!) : {}],
    PerFrameFunctionalGroupsSequence: frames.map((frame) => ({
      FrameContentSequence: [frameContent(frame, marked.placed)],
      DerivationImageSequence: [derivationOf(frame)],
      SegmentIdentificationSequence: [{ ReferencedSegmentNumber: [frame.segment] }],
      PlanePositionSequence: marked.placed ? [positionOf(frame)] : undefined,
    })),
  };
}

function positionOf({ geometry }: SegmentFrame): Attributes {
  return { ImagePositionPatient: geometry.position };
}

/** Plane Orientation and Pixel Measures: one for all, for slices that differ in them are not of one Segmentation. */
function planeOf({ geometry: { orientation, spacing, thickness } }: SegmentFrame): Attributes {
  return {
    PlaneOrientationSequence: [{ ImageOrientationPatient: orientation }],
    PixelMeasuresSequence: [
      { PixelSpacing: spacing, SliceThickness: thickness.length > 0 ? thickness : undefined },
    ],
  };
}

/** Segment, then place in the patient; where there is none, place in the stack of frames. */
function dimensions(placed: boolean, study: string): Attributes {
  const uid = deriveUid('dimensions', study, placed ? 'placed' : 'stack');
  const index = (pointer: number, group: number, label: string): Attributes => ({
    DimensionOrganizationUID: uid,
    DimensionIndexPointer: [pointer],
    FunctionalGroupPointer: [group],
    DimensionDescriptionLabel: label,
  });
  return {
    DimensionOrganizationSequence: [{ DimensionOrganizationUID: uid }],
    DimensionIndexSequence: [
      index(tags.ReferencedSegmentNumber, tags.SegmentIdentificationSequence, 'Segment'),
      placed
        ? index(tags.ImagePositionPatient, tags.PlanePositionSequence, 'Position')
        : index(tags.InStackPositionNumber, tags.FrameContentSequence, 'Frame'),
    ],
  };
}

function frameContent({ segment, plane }: SegmentFrame, placed: boolean): Attributes {
  const stack = placed ? {} : { StackID: '1', InStackPositionNumber: [plane] };
  return { DimensionIndexValues: [segment, plane], ...stack };
}

function derivationOf({ instance, mask }: SegmentFrame): Attributes {
  const source = {
    ...referenceAttributes(instance),
    ReferencedFrameNumber: mask.frame === undefined ? undefined : String(mask.frame),
    PurposeOfReferenceCodeSequence: [
      codeAttributes(dcm('121322', 'Source image for image processing operation')),
    ],
    SpatialLocationsPreserved: 'YES',
  };
  return {
    DerivationCodeSequence: [codeAttributes(dcm('113076', 'Segmentation'))],
    SourceImageSequence: [source],
  };
}

/** One bit a pixel, the first in the lowest bit, each frame right after the one before it (PS3.5 8.1.1). */
export function packFrames(marked: MarkedSeries): Uint8Array {
  const size = marked.rows * marked.columns;
  const frames = segmentFrames(marked);
  const bytes = new Uint8Array(Math.ceil((frames.length * size) / 8));
  for (const [at, { mask }] of frames.entries())
    for (let run = 0; run < mask.runs.length; run += 2)
      setBits(bytes, at * size + mask.runs[run]!, mask.runs[run + 1]!);
  return bytes;
}

function setBits(bytes: Uint8Array, first: number, count: number): void {
  for (let bit = first; bit < first + count; bit++) bytes[bit >> 3]! |= 1 << (bit & 7);
}
