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

/** Cuts a text at its spaces, and words that are longer than a line, into lines of at most so many letters. */
export function wrap(text: string, letters: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ').flatMap((each) => pieces(each, letters))) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > letters) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function pieces(word: string, length: number): string[] {
  const count = Math.max(1, Math.ceil(word.length / length));
  return Array.from({ length: count }, (_, at) => word.slice(at * length, (at + 1) * length));
}

/** A scale of colours with what its ends stand for. */
export interface Scale {
  left: string;
  right: string;
  /** Of the whole, with both texts. */
  width: number;
  height: number;
  /** Pixels of a dot of a letter. */
  scale: number;
  /** Lays the colour of a share of the scale, 0 at the left to 1 at the right, over a grey pixel. */
  tint: (picture: Picture, at: Point, share: number) => void;
}

/** Draws a scale as its colours look on middle grey. */
export function drawScale(
  picture: Picture,
  { left, right, width, height, scale, tint }: Scale,
  { row, column }: Point,
): void {
  const letter = letterWidth(scale);
  const style = { colour: white, scale };
  const start = column + (left.length + 1) * letter;
  const length = width - (left.length + right.length + 2) * letter;
  for (let at = 0; at < length; at++)
    for (let line = 0; line < height; line++) {
      const place = { row: row + line, column: start + at };
      blend(picture, place, [128, 128, 128], 1);
      tint(picture, place, at / (length - 1));
    }
  const middle = row + Math.max(0, Math.floor((height - glyphSize.rows * scale) / 2));
  write(picture, left, { row: middle, column }, style);
  write(picture, right, { row: middle, column: column + width - right.length * letter }, style);
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
