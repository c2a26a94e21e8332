import { type Colour, letterWidth, wrap, write } from '../../models/explanation/canvas.ts';
import type { Picture } from '../../models/explanation/png.ts';
import type { Line } from './report-lines.ts';

/** Pixels; as wide as what every viewer shows without scrolling, and at least as high as a quarter less. */
const [width, lowest] = [1024, 768];
const margin = 24;
const scale = 2;
const largeScale = 3;
/** Letters of the column of names. */
const nameLetters = 23;
const ink: Colour = [255, 255, 255];
const faded: Colour = [170, 170, 170];

/** Lines one below the other: names at the left, what they say at the right. The same lines give the same picture. */
export function drawReport(lines: readonly Line[]): Picture {
  const rows = lines.flatMap(rowsOf);
  const height = rows.reduce((sum, row) => sum + rowHeight(row), 2 * margin);
  const picture = black(Math.max(lowest, height));
  let top = margin;
  for (const row of rows) {
    drawRow(picture, row, top);
    top += rowHeight(row);
  }
  return picture;
}

/** The picture as one byte a pixel. It has no colours. */
export function greyOf({ rows, columns, bytes }: Picture): Uint8Array {
  const grey = new Uint8Array(rows * columns);
  for (let at = 0; at < grey.length; at++) grey[at] = bytes[3 * at]!;
  return grey;
}

function black(rows: number): Picture {
  return { rows, columns: width, bytes: new Uint8Array(3 * rows * width) };
}

/** A line that is no longer than the picture is wide. */
function rowsOf(line: Line): Line[] {
  const letters = Math.floor((width - 2 * margin - indentOf(line)) / letterWidth(scaleOf(line)));
  const [first = '', ...rest] = wrap(line.text, letters);
  return [{ ...line, text: first }, ...rest.map((text) => ({ ...line, name: '', text }))];
}

function drawRow(picture: Picture, row: Line, top: number): void {
  const style = { colour: ink, scale: scaleOf(row) };
  write(picture, row.name, { row: top, column: margin }, { ...style, colour: faded });
  write(picture, row.text, { row: top, column: margin + indentOf(row) }, style);
}

const scaleOf = ({ large }: Line) => (large ? largeScale : scale);
const indentOf = ({ large }: Line) => (large ? 0 : nameLetters * letterWidth(scale));
const rowHeight = (row: Line) => 11 * scaleOf(row);
