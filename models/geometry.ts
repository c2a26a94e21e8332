import { ScansideError } from '../device/errors.ts';
import type { PreprocessStep } from './preprocess-step.ts';
import type { Grid } from './resample.ts';
import type { ImageGeometry } from './stored-image.ts';

type Spacing = Pick<NonNullable<ImageGeometry['spacing']>, 'rows' | 'columns'>;

/** A grid of pixels; `spacing` is millimetres from row to row and from column to column. */
export interface SizedGrid extends Grid {
  spacing?: Spacing | undefined;
}

/** A part of a grid: its first row and column, and its size. */
export interface Part extends Grid {
  row: number;
  column: number;
}

/**
 * What a geometric step does: it takes a part of its input, scales it to the size of `into`, and puts it there into
 * an output of `rows` × `columns`.
 */
export interface Placement extends Grid {
  from: Part;
  into: Part;
}

/** A place in a picture; whole numbers are the centres of pixels. */
export interface Point {
  row: number;
  column: number;
}

function whole({ rows, columns }: Grid): Part {
  return { row: 0, column: 0, rows, columns };
}

function middle(outer: Grid, { rows, columns }: Grid): Part {
  const row = Math.floor((outer.rows - rows) / 2);
  return { row, column: Math.floor((outer.columns - columns) / 2), rows, columns };
}

function scaleTo(input: Grid, output: Grid): Placement {
  return { from: whole(input), into: whole(output), rows: output.rows, columns: output.columns };
}

const atLeastOne = (count: number) => Math.max(1, Math.round(count));

function crop(input: Grid, fraction: number): Placement {
  const size = {
    rows: atLeastOne(input.rows * fraction),
    columns: atLeastOne(input.columns * fraction),
  };
  return { from: middle(input, size), into: whole(size), ...size };
}

function letterbox(input: Grid, { rows, columns }: Grid): Placement {
  const scale = Math.min(rows / input.rows, columns / input.columns);
  const size = { rows: atLeastOne(input.rows * scale), columns: atLeastOne(input.columns * scale) };
  return { from: whole(input), into: middle({ rows, columns }, size), rows, columns };
}

/** More pixels than any detector has: a spacing that asks for them is wrong. */
const longestSide = 16_384;

function toSpacing(input: SizedGrid, millimetres: number): Placement {
  if (!input.spacing)
    throw new ScansideError(
      'DATA_SET_UNREADABLE',
      'the image does not say how large its pixels are',
    );
  const rows = atLeastOne((input.rows * input.spacing.rows) / millimetres);
  const columns = atLeastOne((input.columns * input.spacing.columns) / millimetres);
  if (rows > longestSide || columns > longestSide)
    throw new ScansideError(
      'DATA_SET_UNREADABLE',
      `the image would have ${rows} × ${columns} pixels`,
    );
  return scaleTo(input, { rows, columns });
}

/** Where a step puts the pixels of an image of that size; undefined for a step that moves none. */
export function placementOf(step: PreprocessStep, input: SizedGrid): Placement | undefined {
  switch (step.step) {
    case 'crop':
      return crop(input, step.fraction);
    case 'resample':
      return toSpacing(input, step.millimetres);
    case 'resize':
      return scaleTo(input, step);
    case 'letterbox':
      return letterbox(input, step);
    default:
      return undefined;
  }
}

function placedSpacing(
  spacing: Spacing,
  { from, into }: Pick<Placement, 'from' | 'into'>,
): Spacing {
  return {
    rows: (spacing.rows * from.rows) / into.rows,
    columns: (spacing.columns * from.columns) / into.columns,
  };
}

/** The grid that a placement makes, with the spacing that follows. */
export function placedGrid(
  { spacing }: SizedGrid,
  { from, into, rows, columns }: Placement,
): SizedGrid {
  return { rows, columns, spacing: spacing && placedSpacing(spacing, { from, into }) };
}

function undo(point: Point, { from, into }: Placement): Point {
  const back = (at: number, start: number, length: number, first: number, count: number) =>
    ((at - start + 0.5) * count) / length - 0.5 + first;
  return {
    row: back(point.row, into.row, into.rows, from.row, from.rows),
    column: back(point.column, into.column, into.columns, from.column, from.columns),
  };
}

/** Where pixels lie after a placement: larger or smaller ones, the first of them elsewhere. */
export function placedGeometry(geometry: ImageGeometry, placement: Placement): ImageGeometry {
  const { spacing, position, orientation } = geometry;
  if (!spacing) return geometry;
  const larger = { ...spacing, ...placedSpacing(spacing, placement) };
  if (!position || !orientation) return { ...geometry, spacing: larger };
  const first = undo({ row: 0, column: 0 }, placement);
  const [across, down] = [first.column * spacing.columns, first.row * spacing.rows];
  const along = (axis: 0 | 1 | 2) =>
    position[axis] + across * orientation[axis] + down * orientation[(axis + 3) as 3 | 4 | 5];
  return { ...geometry, spacing: larger, position: [along(0), along(1), along(2)] };
}

/**
 * The place in the source picture, of size `source`, that a place in the network's input comes from. A place on the
 * border that a letterbox adds lies outside of the source.
 */
export function mapBack(steps: readonly PreprocessStep[], source: SizedGrid, point: Point): Point {
  return placementsOf(steps, source).reduceRight(undo, point);
}

/** What the steps do to the pixels of a picture of size `source`, one after the other. */
export function placementsOf(steps: readonly PreprocessStep[], source: SizedGrid): Placement[] {
  const placements: Placement[] = [];
  let grid = source;
  for (const step of steps) {
    const placement = placementOf(step, grid);
    if (!placement) continue;
    placements.push(placement);
    grid = placedGrid(grid, placement);
  }
  return placements;
}
