import {
  markPadding,
  toGrey,
  toModalityUnits,
  type WorkingImage,
} from '../../models/grey-value.ts';
import { type Grid, resample } from '../../models/resample.ts';
import type { StoredImage } from '../../models/stored-image.ts';

/** Longer side of a preview at most: what is meant for a glance must not become a workstation. */
export const longestPreview = 1536;

/** A picture of 16-bit stored values. */
export interface StoredValues extends Grid {
  values: Int16Array | Uint16Array;
  slope: number;
  intercept: number;
  /** MONOCHROME1: low values are bright. */
  inverted: boolean;
  /** Height of a pixel over its width. */
  aspect: number;
  /** In modality units, padding left out, for whoever chooses a window. */
  units: Float32Array;
}

/**
 * An image as grey stored values, its longer side at most `longest`, every value the mean of the area it stands for.
 * Padding has no part in a mean and becomes the darkest value of the others. `pixelAspect`: height of a stored pixel over
 * its width, where the image has no spacing.
 */
export function storeValues(
  image: StoredImage,
  longest = longestPreview,
  pixelAspect = 1,
): StoredValues {
  const grey = toStoredGrey(image);
  const grid = fitWithin(grey, longest);
  const { values, isPadding } = reduce(grey, grid);
  const kept = isPadding ? values.filter((_, at) => !isPadding[at]) : values;
  const inverted = grey.photometric === 'MONOCHROME1';
  const [low, high] = extremes(kept);
  if (isPadding) fill(values, isPadding, inverted === grey.slope > 0 ? high : low);
  const packed = pack(values, { low, high, signed: grey.range[0] < 0 });
  return {
    ...grid,
    values: packed.values,
    slope: grey.slope * packed.step,
    intercept: grey.intercept + grey.slope * packed.offset,
    inverted,
    aspect: aspectOf(grey, grid, pixelAspect),
    units: kept.map((value) => value * grey.slope + grey.intercept),
  };
}

/** The viewer knows slope and intercept only: a table is applied here. */
function toStoredGrey(image: StoredImage): WorkingImage {
  const grey = toGrey(markPadding(image));
  return grey.modalityLut ? toModalityUnits(grey) : grey;
}

/** A grid of the same shape, its longer side at most so long, never larger. */
export function fitWithin({ rows, columns }: Grid, longest: number): Grid {
  const scale = Math.min(1, longest / Math.max(rows, columns));
  const atLeastOne = (length: number) => Math.max(1, Math.round(length * scale));
  return { rows: atLeastOne(rows), columns: atLeastOne(columns) };
}

interface Reduced {
  values: Float32Array;
  /** Which values stand for an area that is padding by more than half; undefined where none is. */
  isPadding: Uint8Array | undefined;
}

function reduce(image: WorkingImage, grid: Grid): Reduced {
  const { values, padded } = image;
  const isSame = grid.rows === image.rows && grid.columns === image.columns;
  const scale = (all: Float32Array) => (isSame ? all : resample(all, image, grid));
  if (!padded?.includes(1)) return { values: scale(values), isPadding: undefined };
  const weights = scale(Float32Array.from(padded, (is) => 1 - is));
  const sums = scale(values.map((value, at) => (padded[at] ? 0 : value)));
  return {
    values: sums.map((sum, at) => (weights[at]! > 0 ? sum / weights[at]! : 0)),
    isPadding: Uint8Array.from(weights, (weight) => Number(weight < 0.5)),
  };
}

function fill(values: Float32Array, where: Uint8Array, value: number): void {
  for (const [at, is] of where.entries()) if (is) values[at] = value;
}

function extremes(values: Float32Array): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low > high ? [0, 0] : [low, high];
}

/** `value = offset + step × stored`: 1 and 0 but for values that no 16 bits hold. */
function pack(
  values: Float32Array,
  { low, high, signed }: { low: number; high: number; signed: boolean },
): { values: StoredValues['values']; step: number; offset: number } {
  const fits = signed ? low >= -0x8000 && high <= 0x7fff : low >= 0 && high <= 0xffff;
  const whole = values.map(Math.round);
  if (fits)
    return {
      values: signed ? Int16Array.from(whole) : Uint16Array.from(whole),
      step: 1,
      offset: 0,
    };
  const step = (high - low) / 0xffff || 1;
  const scaled = Uint16Array.from(values, (value) => Math.round((value - low) / step));
  return { values: scaled, step, offset: low };
}

/** With the rounding of the grid in it, so that a circle stays one. */
function aspectOf(image: StoredImage, grid: Grid, pixelAspect: number): number {
  const spacing = image.geometry?.spacing;
  const pixel = spacing ? spacing.rows / spacing.columns : pixelAspect;
  return (pixel * image.rows * grid.columns) / (image.columns * grid.rows);
}
