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

/** The two samples of the map that a pixel lies between, and how near it is to the second. */
interface Between {
  first: number;
  second: number;
  share: number;
}

function between(at: number, count: number): Between {
  const place = Math.min(count - 1, Math.max(0, at));
  const first = Math.floor(place);
  return { first, second: Math.min(count - 1, first + 1), share: place - first };
}

/** A source picture on its way to a network. */
export interface Journey {
  source: SizedGrid;
  steps: readonly PreprocessStep[];
}

/** For each row or column of the picture its samples of the map. */
function samples(picture: Grid, map: Grid, { source, steps }: Journey, axis: Axis) {
  const placements = placementsOf(steps, source);
  const seen = placements.at(-1) ?? source;
  return Array.from({ length: picture[axis] }, (_, at) => {
    const onSource = ((at + 0.5) * source[axis]) / picture[axis] - 0.5;
    const place = follow(onSource, placements, axis);
    if (place === undefined) return undefined;
    return between(((place + 0.5) * map[axis]) / seen[axis] - 0.5, map[axis]);
  });
}

/**
 * Lays a map of the network's input onto a picture of the whole source, as large as `picture`, bilinear: each pixel has
 * the value of the place where the network saw it, and NaN where the network has not seen it. Gives one row after the
 * other, each in the same array, so that no more than a row of a large picture is in memory.
 */
export function* projectRows(
  map: HeatMap,
  picture: Grid,
  journey: Journey,
): Generator<Float32Array> {
  const across = samples(picture, map, journey, 'columns');
  const values = new Float32Array(picture.columns);
  const along = (row: number, { first, second, share }: Between) =>
    map.values[row * map.columns + first]! * (1 - share) +
    map.values[row * map.columns + second]! * share;
  const at = (vertical: Between, horizontal: Between) =>
    along(vertical.first, horizontal) * (1 - vertical.share) +
    along(vertical.second, horizontal) * vertical.share;
  for (const vertical of samples(picture, map, journey, 'rows')) {
    for (const [column, horizontal] of across.entries())
      values[column] = vertical && horizontal ? at(vertical, horizontal) : Number.NaN;
    yield values;
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
