import type { Grid } from '../../models/resample.ts';
import type { Mask } from '../../models/outcome.ts';
import { type Attributes, plain, writeObject } from './pixel-object.ts';

/** A place on an image as shares of its rows and columns. */
interface Place {
  down: number;
  across: number;
}

/** Tells whether a bright blob covers a place; nothing about it is symmetrical. */
export type Blob = (place: Place) => boolean;

/** An L, its upright towards the upper left. */
export const blob: Blob = ({ down, across }) => {
  const upright = down > 0.2 && down < 0.6 && across > 0.25 && across < 0.4;
  const foot = down > 0.5 && down < 0.6 && across > 0.25 && across < 0.7;
  return upright || foot;
};

export const mirrored =
  (shape: Blob): Blob =>
  ({ down, across }) =>
    shape({ down, across: 1 - across });

/** By a quarter, clockwise. */
export const turned =
  (shape: Blob): Blob =>
  ({ down, across }) =>
    shape({ down: 1 - across, across: down });

/** Too small for the network to call it a finding. */
export const speck: Blob = ({ down, across }) =>
  Math.abs(down - 0.5) < 0.02 && Math.abs(across - 0.5) < 0.02;

/** The pixels that a blob covers, row by row: its mask, known exactly. */
export function drawBlob({ rows, columns }: Grid, shape: Blob): Uint8Array {
  return Uint8Array.from({ length: rows * columns }, (_, at) =>
    Number(
      shape({
        down: (Math.floor(at / columns) + 0.5) / rows,
        across: ((at % columns) + 0.5) / columns,
      }),
    ),
  );
}

const [dark, bright] = [300, 3000];

/** A DICOM object with a blob on each of its frames. */
export function writeBlobs(
  { rows, columns }: Grid,
  shapes: readonly Blob[],
  change: Attributes = {},
): Buffer {
  const inverted = change.PhotometricInterpretation === 'MONOCHROME1';
  const [inside, outside] = inverted ? [dark, bright] : [bright, dark];
  const pixels = shapes.flatMap((shape) =>
    [...drawBlob({ rows, columns }, shape)].map((covered) => (covered ? inside : outside)),
  );
  return writeObject({
    ...plain,
    Rows: rows,
    Columns: columns,
    PixelSpacing: '0.5\\0.8',
    ...(shapes.length > 1 && { NumberOfFrames: String(shapes.length) }),
    PixelData: new Uint8Array(Uint16Array.from(pixels).buffer),
    ...change,
  });
}

/** The mask as a picture: 1 for a set pixel. */
export function paintMask({ rows, columns, runs }: Mask): Uint8Array {
  const picture = new Uint8Array(rows * columns);
  for (let at = 0; at < runs.length; at += 2) picture.fill(1, runs[at], runs[at]! + runs[at + 1]!);
  return picture;
}

/** The wrong pixels of a mask that lie farther than `reach` from where the truth changes. */
export function farOff(truth: Uint8Array, mask: Mask, reach: Grid): number[] {
  const { rows, columns } = mask;
  const painted = paintMask(mask);
  const sees = (at: number, value: number) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    for (let r = Math.max(0, row - reach.rows); r <= Math.min(rows - 1, row + reach.rows); r++)
      for (let c = Math.max(0, column - reach.columns); c <= column + reach.columns; c++)
        if (c < columns && truth[r * columns + c] === value) return true;
    return false;
  };
  return [...painted.entries()]
    .filter(([at, value]) => value !== truth[at] && !sees(at, value))
    .map(([at]) => at);
}
