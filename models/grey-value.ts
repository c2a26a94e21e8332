import type { LookupTable, StoredImage, WindowFunction } from './stored-image.ts';

/** A picture on its way to a network. */
export interface WorkingImage extends StoredImage {
  /** Whether each pixel is padding; kept from before the values change. */
  padded?: Uint8Array;
  /** Pixels that percentiles leave out. */
  ignored?: Uint8Array;
  /** What was taken from every value when MONOCHROME1 was inverted: `mirror - value` is the value before. */
  mirror?: number;
}

/** Finds out which pixels are padding as long as their values tell. */
export function markPadding(image: WorkingImage): WorkingImage {
  const { padding, padded, values } = image;
  if (!padding || padded || image.photometric === 'RGB') return image;
  const [low, high] = padding;
  return {
    ...image,
    padded: Uint8Array.from(values, (value) => Number(value >= low && value <= high)),
  };
}

/** What a table says of a value. */
export function lookUp({ first, entries }: LookupTable, value: number): number {
  const at = Math.min(entries.length - 1, Math.max(0, Math.round(value) - first));
  return entries[at] ?? 0;
}

function applyModalityLut(image: WorkingImage, table: LookupTable): WorkingImage {
  const { modalityLut: _, ...rest } = markPadding(image);
  return {
    ...rest,
    values: image.values.map((value) => lookUp(table, value)),
    range: [0, 2 ** table.bits - 1],
    slope: 1,
    intercept: 0,
  };
}

// Millions of pixels pass through here while somebody waits: a loop is several times as fast as a call for each.
function scaled(values: Float32Array, slope: number, intercept: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let at = 0; at < result.length; at++) result[at] = values[at]! * slope + intercept;
  return result;
}

/** Stored values to modality units (PS3.3 C.11.1), once. */
export function toModalityUnits(image: WorkingImage): WorkingImage {
  const { values, range, slope, intercept, modalityLut } = image;
  if (modalityLut) return applyModalityLut(image, modalityLut);
  if (slope === 1 && intercept === 0) return image;
  const ends = range.map((value) => value * slope + intercept).sort((a, b) => a - b);
  return {
    ...markPadding(image),
    values: scaled(values, slope, intercept),
    range: [ends[0] ?? 0, ends[1] ?? 0],
    slope: 1,
    intercept: 0,
  };
}

/** MONOCHROME1 turned over within its range, once. */
export function toMonochrome2(image: WorkingImage): WorkingImage {
  if (image.photometric !== 'MONOCHROME1') return image;
  const mirror = image.range[0] + image.range[1];
  const values = scaled(image.values, -1, mirror);
  return { ...markPadding(image), values, photometric: 'MONOCHROME2', mirror };
}

/** Padded pixels take the lowest value of the others. */
export function fillPadding(image: WorkingImage): WorkingImage {
  const marked = markPadding(image);
  const { padded, values } = marked;
  if (!padded) return image;
  const others = values.filter((_, at) => !padded[at]);
  if (others.length === 0 || others.length === values.length) return image;
  const lowest = others.reduce((least, value) => Math.min(least, value), Infinity);
  const filled = values.map((value, at) => (padded[at] ? lowest : value));
  return { ...marked, values: filled, ignored: padded };
}

/** Luminance of red, green and blue (ITU-R BT.601). */
export function toGrey(image: WorkingImage): WorkingImage {
  if (image.photometric !== 'RGB') return image;
  const { rows, columns, values } = image;
  const grey = new Float32Array(rows * columns);
  for (let at = 0; at < grey.length; at++)
    grey[at] =
      0.299 * (values[3 * at] ?? 0) +
      0.587 * (values[3 * at + 1] ?? 0) +
      0.114 * (values[3 * at + 2] ?? 0);
  return { ...image, values: grey, photometric: 'MONOCHROME2' };
}

/** Maps [low, high] to [0, 1] and clips. An image without contrast becomes all 0. */
export function stretch(image: WorkingImage, low: number, high: number): WorkingImage {
  const scale = high > low ? 1 / (high - low) : 0;
  const values = new Float32Array(image.values.length);
  for (let at = 0; at < values.length; at++)
    values[at] = Math.min(1, Math.max(0, (image.values[at]! - low) * scale));
  return { ...image, values, range: [0, 1] };
}

/** One value by a window, 0 to 1 (PS3.3 C.11.2.1.2 and C.11.2.1.3). */
function windowed(value: number, centre: number, width: number, shape: WindowFunction): number {
  if (shape === 'sigmoid') return 1 / (1 + Math.exp((-4 * (value - centre)) / width));
  const [middle, span] = shape === 'linear' ? [centre - 0.5, width - 1] : [centre, width];
  if (value <= middle - span / 2) return 0;
  return value > middle + span / 2 ? 1 : (value - middle) / span + 0.5;
}

/** By a window in the units that the values have. */
export function applyWindow(
  image: WorkingImage,
  { centre, width, function: shape }: { centre: number; width: number; function: WindowFunction },
): WorkingImage {
  if (shape === 'linear-exact') return stretch(image, centre - width / 2, centre + width / 2);
  const values = image.values.map((value) => windowed(value, centre, width, shape));
  return { ...image, values, range: [0, 1] };
}

function applyVoiOf(image: WorkingImage): WorkingImage {
  const { voi } = image;
  if (!voi) return stretch(image, ...image.range);
  if ('width' in voi) return applyWindow(image, voi);
  const top = 2 ** voi.bits - 1;
  return { ...image, values: image.values.map((value) => lookUp(voi, value) / top), range: [0, 1] };
}

/** As the image asks. The VOI transformation is said of values that are not turned over; nor are they for it. */
export function applyVoi(image: WorkingImage): WorkingImage {
  const { mirror, ...input } = toModalityUnits(image);
  if (mirror === undefined) return applyVoiOf(input);
  const [low, high] = input.range;
  const turn = (value: number) => mirror - value;
  const done = applyVoiOf({
    ...input,
    values: input.values.map(turn),
    range: [turn(high), turn(low)],
  });
  return { ...done, values: done.values.map((value) => 1 - value) };
}
