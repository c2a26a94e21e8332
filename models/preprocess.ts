import { ScansideError } from '../device/errors.ts';
import { placedGeometry, type Placement, placementOf, type SizedGrid } from './geometry.ts';
import {
  applyVoi,
  applyWindow,
  fillPadding,
  stretch,
  toGrey,
  toModalityUnits,
  toMonochrome2,
  type WorkingImage,
} from './grey-value.ts';
import { valuesAtRanks } from './order-statistic.ts';
import type { PreprocessStep, StepOf } from './preprocess-step.ts';
import { type KernelName, resample } from './resample.ts';
import type { StoredImage } from './stored-image.ts';

export { mapBack, type Point } from './geometry.ts';
export type { StoredImage } from './stored-image.ts';

/** Values without the ones that count for nothing. */
function counted({ values, ignored }: WorkingImage): Float32Array {
  return ignored ? values.filter((_, at) => !ignored[at]) : values;
}

function percentileWindow(
  image: WorkingImage,
  { low, high }: StepOf<'percentile-window'>,
): WorkingImage {
  const values = counted(image);
  const ranks = [low, high].map((percent) => Math.round((percent / 100) * (values.length - 1)));
  const [bottom = 0, top = 0] = valuesAtRanks(values, ranks);
  return stretch(image, bottom, top);
}

function normalise(
  image: WorkingImage,
  { mean, standardDeviation }: StepOf<'normalise'>,
): WorkingImage {
  return { ...image, values: image.values.map((value) => (value - mean) / standardDeviation) };
}

function gridOf({ rows, columns, geometry }: StoredImage): SizedGrid {
  return { rows, columns, spacing: geometry?.spacing };
}

type Cut = <T extends Float32Array | Uint8Array>(values: T) => T;

/** The part of a picture that a placement starts from. */
function cutter(columnsOfInput: number, { from }: Placement): Cut {
  return (values) => {
    const part = values.slice(0, from.rows * from.columns) as typeof values;
    for (let row = 0; row < from.rows; row++) {
      const start = (from.row + row) * columnsOfInput + from.column;
      part.set(values.subarray(start, start + from.columns), row * from.columns);
    }
    return part;
  };
}

/** A picture in the middle of a larger one that is filled with its lowest value. */
function surround(values: Float32Array, { into, rows, columns }: Placement): Float32Array {
  const lowest = values.reduce((least, value) => Math.min(least, value), Infinity);
  const result = new Float32Array(rows * columns).fill(lowest);
  for (let row = 0; row < into.rows; row++) {
    const line = values.subarray(row * into.columns, (row + 1) * into.columns);
    result.set(line, (into.row + row) * columns + into.column);
  }
  return result;
}

/** What is known of padding stays known while pixels are cut, and is lost where they are mixed or surrounded. */
function paddingOf({ padding, padded, ignored }: WorkingImage, cut: Cut): Partial<WorkingImage> {
  return {
    ...(padding && { padding }),
    ...(padded && { padded: cut(padded) }),
    ...(ignored && { ignored: cut(ignored) }),
  };
}

/** Moves pixels. */
function place(
  image: WorkingImage,
  placement: Placement,
  kernel: KernelName = 'area',
): WorkingImage {
  const { from, into, rows, columns } = placement;
  const { padding: _, padded: __, ignored: ___, ...rest } = image;
  const cut = cutter(image.columns, placement);
  const scales = from.rows !== into.rows || from.columns !== into.columns;
  const part = cut(image.values);
  const scaled = scales ? resample(part, from, into, kernel) : part;
  const fits = into.rows === rows && into.columns === columns;
  return {
    ...rest,
    rows,
    columns,
    values: fits ? scaled : surround(scaled, placement),
    ...(image.geometry && { geometry: placedGeometry(image.geometry, placement) }),
    ...(!scales && fits && paddingOf(image, cut)),
  };
}

function applyStep(image: WorkingImage, step: PreprocessStep): WorkingImage {
  switch (step.step) {
    case 'grey':
      return toGrey(image);
    case 'modality-lut':
      return toModalityUnits(image);
    case 'padding':
      return fillPadding(image);
    case 'photometric':
      return toMonochrome2(image);
    case 'voi':
      return applyVoi(image);
    case 'percentile-window':
      return percentileWindow(image, step);
    case 'window':
      return applyWindow(image, { ...step, function: step.function ?? 'linear-exact' });
    case 'normalise':
      return normalise(image, step);
    // A step added to the vocabulary and not handled would not compile here.
    default:
      return applyPlacement(image, step);
  }
}

type GeometricStep = StepOf<'crop' | 'resample' | 'resize' | 'letterbox'>;

function applyPlacement(image: WorkingImage, step: GeometricStep): WorkingImage {
  const placement = placementOf(step, gridOf(image));
  const kernel = 'kernel' in step ? step.kernel : undefined;
  return placement ? place(image, placement, kernel) : image;
}

function refuseColour({ photometric }: StoredImage, { step }: PreprocessStep): void {
  if (photometric === 'RGB' && step !== 'grey')
    throw new ScansideError('DATA_SET_UNREADABLE', 'the model does not take images in colour');
}

/**
 * Runs a manifest's steps in order and yields the image after each, so that every step can be compared on its own.
 * Throws DATA_SET_UNREADABLE for an image that the steps cannot take.
 */
export function* preprocessSteps(
  image: StoredImage,
  steps: readonly PreprocessStep[],
): Generator<{ step: PreprocessStep; image: StoredImage }> {
  let current: WorkingImage = image;
  for (const step of steps) {
    refuseColour(current, step);
    current = applyStep(current, step);
    yield { step, image: current };
  }
}

/**
 * Runs a manifest's steps in order. Training data, golden cases and patients' images all pass through here, so that
 * a model sees in service what it was trained on. Throws DATA_SET_UNREADABLE for an image that the steps cannot take.
 */
export function preprocess(image: StoredImage, steps: readonly PreprocessStep[]): StoredImage {
  let last = image;
  for (const done of preprocessSteps(image, steps)) last = done.image;
  return last;
}
