import type { Grid } from '../resample.ts';
import type { HeatMap } from './heat-map.ts';

/** A picture cut into pieces that hang together: for every pixel the number of its piece, from 0. */
export interface Superpixels extends Grid {
  labels: Int32Array;
  count: number;
}

interface Centre {
  row: number;
  column: number;
  value: number;
}

/** Rounds of moving the centres; after some ten nothing moves any more. */
const rounds = 10;
/** How many standard deviations of grey a piece would rather bridge than reach one spacing further. */
const compactness = 0.6;
/** A scrap smaller than this share of a typical piece becomes part of a neighbour. */
const smallestShare = 0.25;

function deviationOf(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return Math.sqrt(variance) || 1;
}

/** Centres on a grid of about `wanted` cells that are as square as the picture allows. */
function startCentres({ rows, columns, values }: HeatMap, spacing: number): Centre[] {
  const [down, across] = [rows, columns].map((length) =>
    Math.max(1, Math.round(length / spacing)),
  ) as [number, number];
  return Array.from({ length: down * across }, (_, at) => {
    const row = Math.floor(((Math.floor(at / across) + 0.5) * rows) / down);
    const column = Math.floor((((at % across) + 0.5) * columns) / across);
    return { row, column, value: values[row * columns + column]! };
  });
}

/** Gives every pixel within twice the spacing of a centre to the nearest one, in place and grey together. */
function assign(
  { rows, columns, values }: HeatMap,
  centres: readonly Centre[],
  { spacing, deviation }: { spacing: number; deviation: number },
): Int32Array {
  const labels = new Int32Array(values.length);
  const nearest = new Float64Array(values.length).fill(Infinity);
  const reach = Math.ceil(2 * spacing);
  for (const [label, centre] of centres.entries()) {
    const [middleRow, middleColumn] = [Math.round(centre.row), Math.round(centre.column)];
    const [lastRow, lastColumn] = [middleRow + reach, middleColumn + reach];
    for (let row = Math.max(0, middleRow - reach); row <= Math.min(rows - 1, lastRow); row++)
      for (
        let column = Math.max(0, middleColumn - reach);
        column <= Math.min(columns - 1, lastColumn);
        column++
      ) {
        const at = row * columns + column;
        const place = Math.hypot(row - centre.row, column - centre.column) / spacing;
        const grey = (values[at]! - centre.value) / deviation;
        const distance = grey ** 2 + (compactness * place) ** 2;
        if (distance >= nearest[at]!) continue;
        nearest[at] = distance;
        labels[at] = label;
      }
  }
  return labels;
}

/** The mean place and grey of each piece; one without pixels stays where it was. */
function moveCentres({ columns, values }: HeatMap, labels: Int32Array, old: Centre[]): Centre[] {
  const sums = old.map(() => ({ row: 0, column: 0, value: 0, count: 0 }));
  for (const [at, label] of labels.entries()) {
    const sum = sums[label]!;
    sum.row += Math.floor(at / columns);
    sum.column += at % columns;
    sum.value += values[at]!;
    sum.count += 1;
  }
  return sums.map(({ row, column, value, count }, at) =>
    count > 0 ? { row: row / count, column: column / count, value: value / count } : old[at]!,
  );
}

/** The pixels of the same label that hang together with `start`. */
function flood(labels: Int32Array, { rows, columns }: Grid, start: number, done: Int32Array) {
  const found = [start];
  const seen = new Set(found);
  for (const at of found)
    for (const next of neighbours(at, { rows, columns }))
      if (labels[next] === labels[start] && done[next] === -1 && !seen.has(next)) {
        seen.add(next);
        found.push(next);
      }
  return found;
}

function neighbours(at: number, { rows, columns }: Grid): number[] {
  const column = at % columns;
  return [
    ...(at >= columns ? [at - columns] : []),
    ...(column > 0 ? [at - 1] : []),
    ...(column < columns - 1 ? [at + 1] : []),
    ...(at + columns < rows * columns ? [at + columns] : []),
  ];
}

/** Makes every piece hang together: what does not becomes a piece of its own, or, where small, part of a neighbour. */
function connect(labels: Int32Array, grid: Grid, smallest: number): Superpixels {
  const result = new Int32Array(labels.length).fill(-1);
  let count = 0;
  for (let start = 0; start < labels.length; start++) {
    if (result[start] !== -1) continue;
    const piece = flood(labels, grid, start, result);
    const beside = neighbours(start, grid).find((at) => result[at] !== -1);
    const label = piece.length < smallest && beside !== undefined ? result[beside]! : count++;
    for (const at of piece) result[at] = label;
  }
  return { rows: grid.rows, columns: grid.columns, labels: result, count };
}

/**
 * Cuts a picture into about `wanted` pieces of similar grey that hang together, after SLIC (Achanta et al., 2012):
 * k-means on grey and place, each centre looking no further than its surroundings.
 */
export function segment(picture: HeatMap, wanted: number): Superpixels {
  const { rows, columns, values } = picture;
  const spacing = Math.sqrt((rows * columns) / wanted);
  const scale = { spacing, deviation: deviationOf(values) };
  let centres = startCentres(picture, spacing);
  for (let round = 0; round < rounds; round++)
    centres = moveCentres(picture, assign(picture, centres, scale), centres);
  return connect(assign(picture, centres, scale), picture, smallestShare * spacing ** 2);
}
