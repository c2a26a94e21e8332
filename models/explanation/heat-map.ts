import type { Part, Point } from '../geometry.ts';
import { type Grid, resample } from '../resample.ts';

/** One value for each pixel of a picture: how much it speaks for a finding, or, where below 0, against it. */
export interface HeatMap extends Grid {
  /** `rows` × `columns` values, row by row. */
  values: Float32Array;
}

/** The same map on a finer grid that covers the same area, bilinear. */
export function enlarge(map: HeatMap, { rows, columns }: Grid): HeatMap {
  return { rows, columns, values: resample(map.values, map, { rows, columns }, 'bilinear') };
}

/** Rounding of 32-bit values, as a share of the largest, within which two of them count as equal. */
const rounding = 1e-5;

function highestAt({ values }: HeatMap): number {
  return values.reduce((best, value, at) => (value > values[best]! ? at : best), 0);
}

/** The pixels that hang together with `start`, by rows and columns, and are at least as high as `level`. */
function areaAround({ rows, columns, values }: HeatMap, start: number, level: number): number[] {
  const [found, seen] = [[start], new Uint8Array(values.length)];
  seen[start] = 1;
  for (const at of found) {
    const column = at % columns;
    const neighbours = [
      at >= columns ? at - columns : -1,
      at + columns < rows * columns ? at + columns : -1,
      column > 0 ? at - 1 : -1,
      column < columns - 1 ? at + 1 : -1,
    ];
    for (const next of neighbours) {
      if (next < 0 || seen[next] || values[next]! < level) continue;
      seen[next] = 1;
      found.push(next);
    }
  }
  return found;
}

function centroid(columns: number, pixels: readonly number[], weight: (at: number) => number) {
  let [row, column, total] = [0, 0, 0];
  for (const at of pixels) {
    row += weight(at) * Math.floor(at / columns);
    column += weight(at) * (at % columns);
    total += weight(at);
  }
  return { row: row / total, column: column / total };
}

/** The place of the highest value; the middle of a plateau, such as a superpixel of one value. */
export function peakOf(map: HeatMap): Point {
  const at = highestAt(map);
  const highest = map.values[at]!;
  const plateau = areaAround(map, at, highest - rounding * Math.abs(highest));
  return centroid(map.columns, plateau, () => 1);
}

/** What surrounds the peak at half its height or more. */
export interface HalfMaximum {
  /** Its centre of gravity, weighted by the values. */
  centre: Point;
  /** Its share of the map's area, 0 to 1. */
  share: number;
}

/** The area around the peak of at least half its height; undefined where nothing speaks for the finding. */
export function halfMaximumOf(map: HeatMap): HalfMaximum | undefined {
  const at = highestAt(map);
  const highest = map.values[at]!;
  if (!(highest > 0)) return undefined;
  const area = areaAround(map, at, highest / 2);
  return {
    centre: centroid(map.columns, area, (pixel) => map.values[pixel]!),
    share: area.length / map.values.length,
  };
}

/** The smallest rectangle around the peak and all that hangs together with it at this level; undefined for a lower peak. */
export function partAround(map: HeatMap, level: number): Part | undefined {
  const start = highestAt(map);
  if (!(map.values[start]! >= level)) return undefined;
  let [top, left, bottom, right] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const at of areaAround(map, start, level)) {
    const [row, column] = [Math.floor(at / map.columns), at % map.columns];
    [top, bottom] = [Math.min(top, row), Math.max(bottom, row)];
    [left, right] = [Math.min(left, column), Math.max(right, column)];
  }
  return { row: top, column: left, rows: bottom - top + 1, columns: right - left + 1 };
}
