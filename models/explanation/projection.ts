import { type Placement, placementsOf, type SizedGrid } from '../geometry.ts';
import type { PreprocessStep } from '../preprocess-step.ts';
import type { Grid } from '../resample.ts';
import type { HeatMap } from './heat-map.ts';

type Axis = 'rows' | 'columns';

const startOf = { rows: 'row', columns: 'column' } as const;

/** Where a place on the source lies in the network's input; undefined where the network has not seen it. */
function follow(at: number, placements: readonly Placement[], axis: Axis): number | undefined {
  let place = at;
  for (const { from, into } of placements) {
    const along = place - from[startOf[axis]] + 0.5;
    if (along < 0 || along > from[axis]) return undefined;
    place = (along * into[axis]) / from[axis] - 0.5 + into[startOf[axis]];
  }
  return place;
}

/** A source picture on its way to a network. */
export interface Journey {
  source: SizedGrid;
  steps: readonly PreprocessStep[];
}

/** For each row or column of a picture the two samples of the map that it lies between. */
interface Samples {
  firsts: Int32Array;
  seconds: Int32Array;
  /** How near it is to the second; NaN where the network has not seen it, which makes NaN of every value there. */
  shares: Float64Array;
}

function samplesOf(picture: Grid, map: Grid, { source, steps }: Journey, axis: Axis): Samples {
  const placements = placementsOf(steps, source);
  const seen = placements.at(-1) ?? source;
  const [length, count] = [picture[axis], map[axis]];
  const places = Float64Array.from({ length }, (_, at) => {
    const onSource = ((at + 0.5) * source[axis]) / length - 0.5;
    const place = follow(onSource, placements, axis) ?? Number.NaN;
    return Math.min(count - 1, Math.max(0, ((place + 0.5) * count) / seen[axis] - 0.5));
  });
  // A place that is not seen becomes sample 0 of share NaN.
  const firsts = Int32Array.from(places, Math.floor);
  const seconds = firsts.map((first) => Math.min(count - 1, first + 1));
  return { firsts, seconds, shares: places.map((place, at) => place - firsts[at]!) };
}

/** Fills a row of the picture from the two rows of the map that it lies between: of millions of pixels, in one loop. */
function fillRow(
  row: Float32Array,
  [upper, lower]: readonly [Float32Array, Float32Array],
  share: number,
  { firsts, seconds, shares }: Samples,
): void {
  for (let at = 0; at < row.length; at++) {
    const [first, second, across] = [firsts[at]!, seconds[at]!, shares[at]!];
    const above = upper[first]! * (1 - across) + upper[second]! * across;
    const below = lower[first]! * (1 - across) + lower[second]! * across;
    row[at] = above * (1 - share) + below * share;
  }
}

/**
 * Lays a map of the network's input onto a picture of the whole source, as large as `picture`, bilinear: each pixel has
 * the value of the place where the network saw it, and NaN where the network has not seen it. Gives one row after the
 * other, each in the same array, so that no more than a row of a large picture is in memory.
 */
export function* projectRows(
  { columns, values, ...map }: HeatMap,
  picture: Grid,
  journey: Journey,
): Generator<Float32Array> {
  const across = samplesOf(picture, { ...map, columns }, journey, 'columns');
  const down = samplesOf(picture, { ...map, columns }, journey, 'rows');
  const row = new Float32Array(picture.columns);
  const lineOf = (at: number) => values.subarray(at * columns, (at + 1) * columns);
  for (const [at, share] of down.shares.entries()) {
    fillRow(row, [lineOf(down.firsts[at]!), lineOf(down.seconds[at]!)], share, across);
    yield row;
  }
}

/** The same as a whole picture, 0 where the network has not looked. */
export function project(map: HeatMap, picture: Grid, journey: Journey): HeatMap {
  const { rows, columns } = picture;
  const values = new Float32Array(rows * columns);
  let start = 0;
  for (const row of projectRows(map, picture, journey)) {
    values.set(row, start);
    start += columns;
  }
  return { rows, columns, values: values.map((value) => (Number.isNaN(value) ? 0 : value)) };
}
