import type { Point } from '../geometry.ts';
import { glyphSize, isDot } from './glyph.ts';
import type { Picture } from './png.ts';

/** Red, green and blue, 0 to 255. */
export type Colour = readonly [number, number, number];

export const white: Colour = [255, 255, 255];
export const black: Colour = [0, 0, 0];

/** A picture of one colour. */
export function blank(rows: number, columns: number, [red, green, blue]: Colour): Picture {
  const bytes = new Uint8Array(3 * rows * columns);
  for (let at = 0; at < bytes.length; at += 3) bytes.set([red, green, blue], at);
  return { rows, columns, bytes };
}

/** Puts a colour over a pixel, 0 to 1 opaque. What lies outside of the picture is not drawn. */
export function blend(
  picture: Picture,
  { row, column }: Point,
  colour: Colour,
  opacity: number,
): void {
  if (row < 0 || column < 0 || row >= picture.rows || column >= picture.columns) return;
  const at = 3 * (row * picture.columns + column);
  for (const [channel, value] of colour.entries()) {
    const below = picture.bytes[at + channel]!;
    picture.bytes[at + channel] = Math.round(below + (value - below) * opacity);
  }
}

/** Puts a picture onto a larger one. */
export function paste(onto: Picture, picture: Picture, { row, column }: Point): void {
  const stride = 3 * picture.columns;
  for (let line = 0; line < picture.rows; line++)
    onto.bytes.set(
      picture.bytes.subarray(line * stride, (line + 1) * stride),
      3 * ((row + line) * onto.columns + column),
    );
}

/** Pixels from the start of one letter to that of the next. */
export function letterWidth(scale: number): number {
  return (glyphSize.columns + 1) * scale;
}

/** Writes capitals, each dot `scale` pixels wide, from their upper left corner. */
export function write(
  picture: Picture,
  text: string,
  from: Point,
  { colour, scale }: { colour: Colour; scale: number },
): void {
  for (const [index, letter] of Array.from(text).entries())
    for (let row = 0; row < glyphSize.rows * scale; row++)
      for (let column = 0; column < glyphSize.columns * scale; column++) {
        if (!isDot(letter, Math.floor(row / scale), Math.floor(column / scale))) continue;
        const left = from.column + index * letterWidth(scale);
        blend(picture, { row: from.row + row, column: left + column }, colour, 1);
      }
}

/** A white ring with a black edge, so that it is seen on every ground. */
export function drawRing(picture: Picture, centre: Point, radius: number): void {
  for (let row = -radius - 2; row <= radius + 2; row++)
    for (let column = -radius - 2; column <= radius + 2; column++) {
      const away = Math.abs(Math.hypot(row, column) - radius);
      const at = { row: Math.round(centre.row) + row, column: Math.round(centre.column) + column };
      if (away < 0.8) blend(picture, at, white, 1);
      else if (away < 1.8) blend(picture, at, black, 0.7);
    }
}
