import type { Point } from '../geometry.ts';
import { type Grid, resample } from '../resample.ts';
import {
  black,
  blank,
  blend,
  type Colour,
  drawRing,
  drawScale,
  letterWidth,
  paste,
  white,
  wrap,
  write,
} from './canvas.ts';
import type { HeatMap } from './heat-map.ts';
import type { Picture } from './png.ts';
import type { Superpixels } from './superpixel.ts';

/** One explanation to draw over the network's input. */
export interface Layer {
  title: string;
  map: HeatMap;
  /** Marked with a ring, in pixels of the map. */
  peak: Point;
  /** Draws the borders of its pieces and does not smooth over them. */
  superpixels?: Superpixels | undefined;
}

/** What a sheet shows: the network's input alone, then under each layer. */
export interface SheetRequest {
  input: HeatMap;
  layers: readonly Layer[];
  /** What must be read before anything else, at the top. */
  warnings: readonly string[];
  /** Lines above and below the pictures. */
  above: readonly string[];
  below: readonly string[];
  /** Pixels of the longer side of one picture. */
  size: number;
}

/** A rough indication must not hide the picture that it lies on. */
const opacity = 0.4;
const forIt: Colour = [255, 70, 0];
const against: Colour = [0, 110, 255];
const paper: Colour = [24, 24, 28];
const warning: Colour = [255, 200, 60];
const margin = 14;
const scale = 2;
const lineHeight = 22;
const legendHeight = 12;
/** Room for a title, whatever the shape of the picture. */
const narrowest = 28 * letterWidth(scale);

/** Lays the colour of a strength from -1 (against) over 0 (nothing) to 1 (for) over a pixel. */
function tint(picture: Picture, at: Point, strength: number): void {
  blend(picture, at, strength > 0 ? forIt : against, opacity * Math.min(1, Math.abs(strength)));
}

function enlargedSize({ rows, columns }: Grid, size: number): Grid {
  const factor = size / Math.max(rows, columns);
  return {
    rows: Math.max(1, Math.round(rows * factor)),
    columns: Math.max(1, Math.round(columns * factor)),
  };
}

/** The input in grey, from its lowest value in black to its highest in white. */
function drawInput(input: HeatMap, grid: Grid): Picture {
  const values = resample(input.values, input, grid, 'bilinear');
  const low = values.reduce((least, value) => Math.min(least, value), Infinity);
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  const picture = blank(grid.rows, grid.columns, black);
  for (const [at, value] of values.entries())
    picture.bytes.fill(Math.round((255 * (value - low)) / (high - low || 1)), 3 * at, 3 * at + 3);
  return picture;
}

/** The pixel of the coarse grid that each pixel of the fine one lies in. */
function sourceOf(fine: Grid, coarse: Grid): (row: number, column: number) => number {
  return (row, column) =>
    Math.floor((row * coarse.rows) / fine.rows) * coarse.columns +
    Math.floor((column * coarse.columns) / fine.columns);
}

function enlargeMap({ map, superpixels }: Layer, grid: Grid): Float32Array {
  if (!superpixels) return resample(map.values, map, grid, 'bilinear');
  const source = sourceOf(grid, map);
  return Float32Array.from({ length: grid.rows * grid.columns }, (_, at) => {
    return map.values[source(Math.floor(at / grid.columns), at % grid.columns)]!;
  });
}

function drawBorders(picture: Picture, superpixels: Superpixels): void {
  const source = sourceOf(picture, superpixels);
  const labelAt = (row: number, column: number) =>
    superpixels.labels[source(Math.min(row, picture.rows - 1), column)];
  for (let row = 0; row < picture.rows; row++)
    for (let column = 0; column < picture.columns; column++) {
      const own = labelAt(row, column);
      const right = labelAt(row, Math.min(column + 1, picture.columns - 1));
      if (own !== right || own !== labelAt(row + 1, column))
        blend(picture, { row, column }, white, 0.18);
    }
}

/** The largest absolute value: what the full colour stands for. */
function limitOf({ values }: HeatMap): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function drawLayer(plain: Picture, layer: Layer): Picture {
  const picture = { ...plain, bytes: plain.bytes.slice() };
  const limit = limitOf(layer.map) || 1;
  for (const [at, value] of enlargeMap(layer, picture).entries()) {
    const place = { row: Math.floor(at / picture.columns), column: at % picture.columns };
    tint(picture, place, value / limit);
  }
  if (layer.superpixels) drawBorders(picture, layer.superpixels);
  const along = (at: number, coarse: number, fine: number) => ((at + 0.5) * fine) / coarse - 0.5;
  const peak = {
    row: along(layer.peak.row, layer.map.rows, picture.rows),
    column: along(layer.peak.column, layer.map.columns, picture.columns),
  };
  drawRing(picture, peak, 9);
  return picture;
}

/** The colours as they look on middle grey, and what their ends stand for in units of the logit. */
function drawLegend(sheet: Picture, { map }: Layer, { row, column }: Point, width: number): void {
  const text = Number(limitOf(map).toPrecision(2));
  const scaleOf = {
    left: `against -${text}`,
    right: `for +${text}`,
    width,
    height: legendHeight,
    scale: 1,
    tint: (on: Picture, at: Point, share: number) => tint(on, at, 2 * share - 1),
  };
  drawScale(sheet, scaleOf, { row, column });
}

function drawLines(sheet: Picture, lines: readonly string[], row: number, colour: Colour): void {
  for (const [at, line] of lines.entries())
    write(sheet, line, { row: row + at * lineHeight, column: margin }, { colour, scale });
}

/** A title, the picture, and what its colours stand for. */
function drawPanel(
  sheet: Picture,
  { plain, layer, title }: { plain: Picture; layer: Layer | undefined; title: string },
  { row, column }: Point,
): void {
  write(sheet, title, { row, column }, { colour: white, scale });
  const top = row + lineHeight;
  paste(sheet, layer ? drawLayer(plain, layer) : plain, { row: top, column });
  if (layer) drawLegend(sheet, layer, { row: top + plain.rows + 4, column }, plain.columns);
}

/**
 * Draws a sheet: the network's input alone and, beside and below it, under each explanation at 40 % opacity with the
 * legend of its colours. What a viewer must know of it stands in the picture, which may be passed on alone.
 */
export function drawSheet({ input, layers, size, ...words }: SheetRequest): Picture {
  const plain = drawInput(input, enlargedSize(input, size));
  const across = Math.min(2, layers.length + 1);
  const cell = {
    rows: lineHeight + plain.rows + 4 + legendHeight + margin,
    columns: Math.max(plain.columns, narrowest) + margin,
  };
  const columns = margin + across * cell.columns;
  const wrapAll = (lines: readonly string[]) =>
    lines.flatMap((line) => wrap(line, Math.floor((columns - 2 * margin) / letterWidth(scale))));
  const [warnings, above, below] = [
    wrapAll(words.warnings),
    wrapAll(words.above),
    wrapAll(words.below),
  ];
  const start = 1.5 * margin + (warnings.length + above.length) * lineHeight;
  const end = start + Math.ceil((layers.length + 1) / across) * cell.rows;
  const sheet = blank(end + below.length * lineHeight + margin, columns, paper);
  drawLines(sheet, warnings, margin, warning);
  drawLines(sheet, above, margin + warnings.length * lineHeight, white);
  drawLines(sheet, below, end, warning);
  for (const [at, layer] of [undefined, ...layers].entries()) {
    const title = layer?.title ?? `network's input ${input.rows} x ${input.columns}`;
    const row = start + Math.floor(at / across) * cell.rows;
    const column = margin + (at % across) * cell.columns;
    drawPanel(sheet, { plain, layer, title }, { row, column });
  }
  return sheet;
}
