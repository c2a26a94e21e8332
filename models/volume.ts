import { ScansideError } from '../device/errors.ts';
import { resample } from './resample.ts';
import type { ImageGeometry, StoredImage } from './stored-image.ts';

type Vector = [number, number, number];

/** Slices that lie parallel, one behind another, as one regular grid. */
export interface Volume {
  slices: number;
  rows: number;
  columns: number;
  /** Slice by slice, row by row. */
  values: Float32Array;
  /** Millimetres from slice to slice, row to row and column to column. */
  spacing: { slices: number; rows: number; columns: number };
  /** Where the first pixel of the first slice lies in the patient, and where slices, rows and columns go from there. */
  origin: Vector;
  directions: { slices: Vector; rows: Vector; columns: Vector };
}

export interface VolumeSpacing {
  slices: number;
  rows: number;
  columns: number;
}

/** A value along the normal of the slices and the picture there. */
interface Slice {
  along: number;
  image: StoredImage;
}

function unusable(detail: string): ScansideError {
  return new ScansideError('DATA_SET_UNREADABLE', `no volume: ${detail}`);
}

const dot = (a: Vector, b: Vector) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

/** A place so many millimetres further in a direction. */
function move(from: Vector, direction: Vector, length: number): Vector {
  const along = (axis: 0 | 1 | 2) => from[axis] + direction[axis] * length;
  return [along(0), along(1), along(2)];
}

type Placed = Required<Pick<ImageGeometry, 'position' | 'orientation' | 'spacing'>>;

function placeOf({ geometry }: StoredImage): Placed {
  const { position, orientation, spacing } = geometry ?? {};
  if (!position || !orientation || !spacing)
    throw unusable('a slice does not say where it lies or how large its pixels are');
  return { position, orientation, spacing };
}

/** Direction cosines are written with few decimals. */
const sameDirection = 1e-3;

/** All slices have one size, spacing and orientation. */
function checkAlike(images: readonly StoredImage[], first: Placed): void {
  const [{ rows, columns } = { rows: 0, columns: 0 }] = images;
  for (const image of images) {
    const { orientation, spacing } = placeOf(image);
    if (image.rows !== rows || image.columns !== columns) throw unusable('slices differ in size');
    if (image.photometric === 'RGB') throw unusable('a slice is in colour');
    if (
      orientation.some(
        (cosine, at) => Math.abs(cosine - (first.orientation[at] ?? 0)) > sameDirection,
      )
    )
      throw unusable('slices are not parallel');
    if (
      Math.abs(spacing.rows / first.spacing.rows - 1) > 1e-3 ||
      Math.abs(spacing.columns / first.spacing.columns - 1) > 1e-3
    )
      throw unusable('slices differ in pixel spacing');
  }
}

function sortSlices(images: readonly StoredImage[], normal: Vector): Slice[] {
  const slices = images.map((image) => ({ along: dot(placeOf(image).position, normal), image }));
  slices.sort((a, b) => a.along - b.along);
  for (const [at, { along }] of slices.entries())
    if (at > 0 && along - slices[at - 1]!.along < 1e-3)
      throw unusable('two slices lie in one place');
  return slices;
}

/** The slice between two at `along`; the outermost ones hold beyond. */
function interpolate(slices: readonly Slice[], along: number): Float32Array {
  const next = slices.findIndex((slice) => slice.along >= along);
  const after = slices[next === -1 ? slices.length - 1 : next]!;
  const before = slices[Math.max(0, (next === -1 ? slices.length : next) - 1)]!;
  const gap = after.along - before.along;
  const share = gap > 0 ? Math.min(1, Math.max(0, (along - before.along) / gap)) : 1;
  if (share === 1) return after.image.values;
  const other = before.image.values;
  return after.image.values.map((value, at) => share * value + (1 - share) * (other[at] ?? 0));
}

/** Weighs slices by how much of an output slice of that thickness each covers. */
function average(slices: readonly Slice[], along: number, thickness: number): Float32Array {
  const total = new Float32Array(slices[0]!.image.values.length);
  let covered = 0;
  for (const [at, { along: centre, image }] of slices.entries()) {
    const start = at > 0 ? (slices[at - 1]!.along + centre) / 2 : centre;
    const end = at + 1 < slices.length ? (centre + slices[at + 1]!.along) / 2 : centre;
    const share = Math.min(end, along + thickness / 2) - Math.max(start, along - thickness / 2);
    if (share <= 0) continue;
    covered += share;
    for (let k = 0; k < total.length; k++) total[k]! += share * image.values[k]!;
  }
  return covered > 0 ? total.map((value) => value / covered) : interpolate(slices, along);
}

/** More memory than this in one volume is refused: 128 million samples. */
const mostSamples = 1 << 27;

function middleGap(slices: readonly Slice[]): number {
  const gaps = slices.slice(1).map(({ along }, at) => along - slices[at]!.along);
  // The lower of two in the middle: a gap must never be the measure of itself.
  return gaps.toSorted((a, b) => a - b)[Math.floor((gaps.length - 1) / 2)] ?? 0;
}

/** No gap between slices may be wider than this many usual ones: anatomy would be made up. */
const widestGap = 2.5;

function checkGaps(slices: readonly Slice[], usual: number): void {
  const widest = slices
    .slice(1)
    .reduce((most, { along }, at) => Math.max(most, along - slices[at]!.along), 0);
  if (widest > widestGap * usual) throw unusable(`a gap of ${widest.toFixed(1)} mm between slices`);
}

/**
 * Puts slices together on a regular grid of the wanted spacing, or of their own where none is wanted: sorted by
 * their position along their normal whatever order they came in, weighed by extent where the grid is coarser and
 * interpolated where it is finer. Throws DATA_SET_UNREADABLE where they are no stack of parallel slices.
 */
export function makeVolume(images: readonly StoredImage[], wanted?: VolumeSpacing): Volume {
  const [first] = images;
  if (!first || images.length < 2) throw unusable('fewer than 2 slices');
  const place = placeOf(first);
  checkAlike(images, place);
  const [rx, ry, rz, cx, cy, cz] = place.orientation;
  const [along, down]: [Vector, Vector] = [
    [rx, ry, rz],
    [cx, cy, cz],
  ];
  const normal = cross(along, down);
  const slices = sortSlices(images, normal);
  const gap = middleGap(slices);
  checkGaps(slices, gap);
  const spacing = wanted ?? {
    slices: gap,
    rows: place.spacing.rows,
    columns: place.spacing.columns,
  };
  return fillGrid(slices, place, spacing, { slices: normal, rows: down, columns: along });
}

function fillGrid(
  slices: readonly Slice[],
  place: Placed,
  spacing: VolumeSpacing,
  directions: Volume['directions'],
): Volume {
  const { image, along: start } = slices[0]!;
  const length = slices.at(-1)!.along - start;
  const count = Math.floor(length / spacing.slices + 1e-3) + 1;
  const rows = Math.max(1, Math.round((image.rows * place.spacing.rows) / spacing.rows));
  const columns = Math.max(
    1,
    Math.round((image.columns * place.spacing.columns) / spacing.columns),
  );
  if (!(count * rows * columns <= mostSamples))
    throw unusable(`${count} × ${rows} × ${columns} samples`);
  const values = new Float32Array(count * rows * columns);
  const isCoarser = spacing.slices > 1.5 * middleGap(slices);
  for (let at = 0; at < count; at++) {
    const along = start + at * spacing.slices;
    const slice = isCoarser ? average(slices, along, spacing.slices) : interpolate(slices, along);
    values.set(resample(slice, image, { rows, columns }), at * rows * columns);
  }
  const pitch = {
    slices: spacing.slices,
    rows: (image.rows * place.spacing.rows) / rows,
    columns: (image.columns * place.spacing.columns) / columns,
  };
  // Larger pixels that cover the same area have their centres further inside.
  const { position } = placeOf(image);
  const byRows = move(position, directions.rows, (pitch.rows - place.spacing.rows) / 2);
  const origin = move(byRows, directions.columns, (pitch.columns - place.spacing.columns) / 2);
  return { slices: count, rows, columns, values, spacing: pitch, origin, directions };
}

/**
 * A slice with its neighbours as the channels of one input, `count` in all and it in the middle; at the ends of the
 * volume the outermost slice stands for those that are missing.
 */
export function takeSlab(
  { slices, rows, columns, values }: Volume,
  centre: number,
  count: number,
): Float32Array {
  const size = rows * columns;
  const slab = new Float32Array(count * size);
  for (let channel = 0; channel < count; channel++) {
    const at = centre + channel - Math.floor(count / 2);
    const slice = Math.min(slices - 1, Math.max(0, at));
    slab.set(values.subarray(slice * size, (slice + 1) * size), channel * size);
  }
  return slab;
}

/** Where a sample of the grid lies in the patient, millimetres (PS3.3 C.7.6.2.1.1). */
export function toPatient(
  volume: Volume,
  at: { slice: number; row: number; column: number },
): Vector {
  const { origin, directions, spacing } = volume;
  const slice = move(origin, directions.slices, at.slice * spacing.slices);
  const row = move(slice, directions.rows, at.row * spacing.rows);
  return move(row, directions.columns, at.column * spacing.columns);
}
