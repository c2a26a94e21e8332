import type { Code, Finding } from '../../models/manifest.ts';
import type { Algorithm } from './algorithm.ts';
import type { Attributes } from './attributes.ts';
import { dcm, sct } from './code.ts';
import {
  type ContentItem,
  type Reference,
  codeItem,
  containerItem,
  imageItem,
  lineItem,
  numberItem,
  percentItem,
  textItem,
  uidItem,
} from './content.ts';
import type { Box } from './mask-geometry.ts';
import { algorithmIdentification } from './tid4019.ts';

/** What every group about a marked finding says. */
export interface Region {
  finding: Finding;
  trackingUid: string;
  /** 0 to 1. */
  probability: number;
}

/** A finding within a rectangle on one frame. */
export interface BoxedRegion extends Region {
  image: Reference;
  /** From 1, of a multi-frame image. */
  frame: number | undefined;
  box: Box;
  /** Of what is marked within the rectangle; undefined where the image has no spacing. */
  size: { squareMillimetres: number; longAxisMillimetres: number } | undefined;
}

/** A finding as a segment of a Segmentation. */
export interface SegmentedRegion extends Region {
  segmentation: Reference;
  /** From 1. */
  segment: number;
  /** The images that carry it. */
  images: readonly Reference[];
  /** Undefined where nothing says how thick a slice counts. */
  cubicMillimetres: number | undefined;
}

const squareMillimetre: Code = { value: 'mm2', scheme: 'UCUM', meaning: 'square millimeter' };
const cubicMillimetre: Code = { value: 'mm3', scheme: 'UCUM', meaning: 'cubic millimeter' };
const millimetre: Code = { value: 'mm', scheme: 'UCUM', meaning: 'millimeter' };

/** TID 1410 Planar ROI Measurements and Qualitative Evaluations (PS3.16), of a rectangle that bounds the finding. */
export function planarGroup(region: BoxedRegion, algorithm: Algorithm): ContentItem {
  const { image, frame, box, size } = region;
  const part: Attributes = frame === undefined ? {} : { ReferencedFrameNumber: String(frame) };
  const area = [
    codeItem(
      'CONTAINS',
      dcm('130400', 'Geometric purpose of region'),
      sct('75958009', 'Bounded by'),
    ),
    lineItem('CONTAINS', dcm('111030', 'Image Region'), cornersOf(box), [
      imageItem('SELECTED FROM', undefined, image, part),
    ]),
  ];
  const sizes = size
    ? [
        sizeItem(sct('42798000', 'Area'), size.squareMillimetres, squareMillimetre, algorithm),
        sizeItem(sct('103339001', 'Long Axis'), size.longAxisMillimetres, millimetre, algorithm),
      ]
    : [];
  return group('1410', region, algorithm, area, sizes);
}

/** TID 1411 Volumetric ROI Measurements and Qualitative Evaluations (PS3.16), of a segment. */
export function volumetricGroup(region: SegmentedRegion, algorithm: Algorithm): ContentItem {
  const { segmentation, segment, images, cubicMillimetres } = region;
  const area = [
    imageItem('CONTAINS', dcm('121191', 'Referenced Segment'), segmentation, {
      ReferencedSegmentNumber: [segment],
    }),
    ...images.map((image) =>
      imageItem('CONTAINS', dcm('121233', 'Source image for segmentation'), image),
    ),
  ];
  const volume = sct('118565006', 'Volume');
  const sizes =
    cubicMillimetres === undefined
      ? []
      : [sizeItem(volume, cubicMillimetres, cubicMillimetre, algorithm)];
  return group('1411', region, algorithm, area, sizes);
}

/** Round once, and back to the first corner. */
function cornersOf({ top, left, bottom, right }: Box): [column: number, row: number][] {
  return [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
    [left, top],
  ];
}

function group(
  template: string,
  { finding, trackingUid, probability }: Region,
  algorithm: Algorithm,
  area: ContentItem[],
  sizes: ContentItem[],
): ContentItem {
  const method = codeItem(
    'HAS CONCEPT MOD',
    sct('370129005', 'Measurement Method'),
    dcm('111012', 'Certainty of Finding'),
  );
  const by = shortly(algorithm);
  const children = [
    textItem('HAS OBS CONTEXT', dcm('112039', 'Tracking Identifier'), finding.id),
    uidItem('HAS OBS CONTEXT', dcm('112040', 'Tracking Unique Identifier'), trackingUid),
    codeItem('CONTAINS', dcm('121071', 'Finding'), finding.finding),
    ...area,
    codeItem('HAS CONCEPT MOD', sct('363698007', 'Finding Site'), finding.site),
    ...sizes,
    percentItem('CONTAINS', dcm('122157', 'Probability'), probability, by),
    percentItem('CONTAINS', dcm('122411', 'Threshold Value'), finding.threshold, [method, ...by]),
  ];
  return containerItem('CONTAINS', dcm('125007', 'Measurement Group'), children, template);
}

function sizeItem(name: Code, value: number, units: Code, algorithm: Algorithm): ContentItem {
  return numberItem('CONTAINS', name, value.toFixed(2), units, shortly(algorithm));
}

/**
 * In these templates the algorithm stands under each number (TID 1419), which so has a child. Its parameters stand once,
 * above the groups.
 */
function shortly(algorithm: Algorithm): ContentItem[] {
  return algorithmIdentification({ ...algorithm, parameters: [] });
}
