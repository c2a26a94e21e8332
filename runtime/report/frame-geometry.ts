import type { DataSet } from '../dicom/data-set.ts';
import { type Keyword, tags } from '../dicom/tag.ts';
import { allStrings, firstString } from '../dicom/value.ts';

/** Where one frame lies in the patient, in the texts of its header (DS); empty where it does not say. */
export interface FrameGeometry {
  /** Frame of Reference UID (0020,0052). */
  frameOfReference: string;
  /** Image Position (Patient), three values. */
  position: string[];
  /** Image Orientation (Patient), six values. */
  orientation: string[];
  /** Pixel Spacing: between rows, between columns. */
  spacing: string[];
  /** The same at the detector or on the film, where it is not known in the patient. */
  planeSpacing: string[];
  /** Slice Thickness. */
  thickness: string[];
}

/** Reads the geometry of a frame, counted from 1, of a plain or an enhanced multi-frame object (PS3.3 C.7.6.16). */
export function frameGeometry(header: DataSet, frame = 1): FrameGeometry {
  const read = (macro: Keyword, keyword: Keyword, count: number) =>
    decimals(placesOf(header, frame, macro), keyword, count);
  return {
    frameOfReference: firstString(header, tags.FrameOfReferenceUID) ?? '',
    position: read('PlanePositionSequence', 'ImagePositionPatient', 3),
    orientation: read('PlaneOrientationSequence', 'ImageOrientationPatient', 6),
    spacing: read('PixelMeasuresSequence', 'PixelSpacing', 2),
    planeSpacing: [
      ...decimals([header], 'ImagerPixelSpacing', 2),
      ...decimals([header], 'NominalScannedPixelSpacing', 2),
    ].slice(0, 2),
    thickness: read('PixelMeasuresSequence', 'SliceThickness', 1),
  };
}

/** Whether a frame has its place in the patient. */
export function isPlaced({
  frameOfReference,
  position,
  orientation,
  spacing,
}: FrameGeometry): boolean {
  return [frameOfReference, position, orientation, spacing].every(({ length }) => length > 0);
}

/** Millimetres from the origin to the plane of a placed frame, along its normal. */
export function depthOf({ position, orientation }: FrameGeometry): number {
  const [x = 0, y = 0, z = 0, u = 0, v = 0, w = 0] = orientation.map(Number);
  const normal = [y * w - z * v, z * u - x * w, x * v - y * u];
  return position.reduce((sum, value, axis) => sum + Number(value) * normal[axis]!, 0);
}

/** The frame's own functional group, that of all frames, the data set itself. */
function placesOf(header: DataSet, frame: number, macro: Keyword): DataSet[] {
  const own = itemsOf(header, 'PerFrameFunctionalGroupsSequence').slice(frame - 1, frame);
  const groups = [...own, ...itemsOf(header, 'SharedFunctionalGroupsSequence')];
  return [...groups.flatMap((group) => itemsOf(group, macro)), header];
}

/** The values of the first place that has so many numbers. */
function decimals(places: DataSet[], keyword: Keyword, count: number): string[] {
  const found = places.map((place) => allStrings(place, tags[keyword]));
  return found.find((values) => values.length === count && values.every(isDecimal)) ?? [];
}

function isDecimal(text: string): boolean {
  return /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text);
}

function itemsOf(dataSet: DataSet, keyword: Keyword): DataSet[] {
  return dataSet.elements.get(tags[keyword])?.items ?? [];
}
