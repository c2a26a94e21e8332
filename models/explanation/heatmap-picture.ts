import { blank, type Colour, drawScale, letterWidth, paste, white, wrap, write } from './canvas.ts';
import type { HeatMap } from './heat-map.ts';
import type { Picture } from './png.ts';
import { project } from './projection.ts';
import type { SizedGrid } from '../geometry.ts';
import { preprocess } from '../preprocess.ts';
import type { PreprocessStep } from '../preprocess-step.ts';
import { type Grid, resample } from '../resample.ts';
import type { StoredImage } from '../stored-image.ts';
import { tint } from './heatmap-colour.ts';

/** What stands in the picture beside the image: nothing of it names a patient. */
export interface Words {
  /** What must be read first. */
  warning: string;
  finding: string;
  /** What the colours do not say, and the labelling. */
  below: string;
}

/** What is laid over an image: where a network reacted, on its way from the image, and what stands beside it. */
export interface Heatmap {
  map: HeatMap;
  steps: readonly PreprocessStep[];
  words: Words;
}

/** Longest and shortest longer side of the image, pixels: a PACS keeps many, and the words must be legible. */
const [longest, shortest] = [1024, 512];
/** How the image is changed, for whoever measures in the picture. */
export const sizing = `Shown with square pixels, the longer side on ${shortest} to ${longest}`;
/** A picture is not narrower, or the words would take more room than the image. */
const narrowest = 384;
const margin = 6;
const paper: Colour = [24, 24, 28];
const yellow: Colour = [255, 200, 60];

/** Strip by strip from the top: what is read first, the finding, the image, the scale, what is said of it. */
export function drawHeatmap(image: StoredImage, { map, steps, words }: Heatmap): Picture {
  const shown = drawImage(image);
  const width = Math.max(narrowest, shown.columns);
  const highest = layHeat(shown, map, { source: gridOf(image), steps });
  return stack(width, [
    drawBanner(width, words),
    shown,
    drawLegend(width, highest),
    drawText(width, [{ text: words.below, colour: yellow }]),
  ]);
}

/** The strip above the image. The same words and width give the same strip. */
export function drawBanner(width: number, { warning, finding }: Words): Picture {
  return drawText(width, [
    { text: warning, colour: yellow },
    { text: finding, colour: white },
  ]);
}

/** The width of a heatmap of words that are legible at it: dots of two pixels where there is room. */
const dotsOf = (width: number) => (width >= 768 ? 2 : 1);

function gridOf({ rows, columns, geometry }: StoredImage): SizedGrid {
  return { rows, columns, spacing: geometry?.spacing };
}

/** With square pixels. */
function shownGrid({ rows, columns, spacing }: SizedGrid): Grid {
  const [height, width] = [rows * (spacing?.rows ?? 1), columns * (spacing?.columns ?? 1)];
  const side = Math.min(longest, Math.max(shortest, rows, columns));
  const scale = side / Math.max(height, width);
  const atLeastOne = (length: number) => Math.max(1, Math.round(length * scale));
  return { rows: atLeastOne(height), columns: atLeastOne(width) };
}

/** The image in grey as it asks to be shown; where it asks for nothing, from its lowest value to its highest. */
function drawImage(image: StoredImage): Picture {
  const shown = preprocess(image, [
    { step: 'grey' },
    { step: 'modality-lut' },
    { step: 'padding', as: 'lowest' },
    { step: 'photometric' },
    image.voi ? { step: 'voi' } : { step: 'percentile-window', low: 0, high: 100 },
  ]);
  const grid = shownGrid(gridOf(image));
  const picture = blank(grid.rows, grid.columns, paper);
  for (const [at, value] of resample(shown.values, shown, grid).entries())
    picture.bytes.fill(Math.round(255 * value), 3 * at, 3 * at + 3);
  return picture;
}

/** Colours what speaks for the finding. The highest value of the map, which has the full colour. */
function layHeat(picture: Picture, map: HeatMap, journey: Parameters<typeof project>[2]): number {
  const highest = map.values.reduce((most, value) => Math.max(most, value), 0);
  for (const [at, value] of project(map, picture, journey).values.entries()) {
    if (value <= 0) continue;
    const place = { row: Math.floor(at / picture.columns), column: at % picture.columns };
    tint(picture, place, value / highest);
  }
  return highest;
}

function drawLegend(width: number, highest: number): Picture {
  const scale = dotsOf(width);
  const strip = blank(12 * scale + 2 * margin, width, paper);
  const ends = { left: 'reaction 0', right: `+${Number(highest.toPrecision(2))} logit` };
  const size = { width: width - 2 * margin, height: 12 * scale, scale };
  drawScale(strip, { ...ends, ...size, tint }, { row: margin, column: margin });
  return strip;
}

function drawText(width: number, texts: readonly { text: string; colour: Colour }[]): Picture {
  const scale = dotsOf(width);
  const letters = Math.max(1, Math.floor((width - 2 * margin) / letterWidth(scale)));
  const lines = texts.flatMap(({ text, colour }) =>
    wrap(text, letters).map((line) => ({ line, colour })),
  );
  const height = 11 * scale;
  const strip = blank(lines.length * height + 2 * margin, width, paper);
  for (const [at, { line, colour }] of lines.entries())
    write(strip, line, { row: margin + at * height, column: margin }, { colour, scale });
  return strip;
}

/** One below the other, each in the middle. */
function stack(width: number, strips: readonly Picture[]): Picture {
  const rows = strips.reduce((sum, strip) => sum + strip.rows, 0);
  const picture = blank(rows, width, paper);
  let row = 0;
  for (const strip of strips) {
    paste(picture, strip, { row, column: Math.floor((width - strip.columns) / 2) });
    row += strip.rows;
  }
  return picture;
}
