/**
 * Watches the rate of an event, one case after the other, for a change from one rate to another (Page 1954; for single
 * cases Reynolds and Stoumbos 1999). The two log likelihood ratios stand on a lattice, so that a chart is a whole number,
 * the same on every machine, and its run lengths are those of a finite Markov chain.
 */
export interface Chart {
  /** Steps that a case with the event moves the chart. */
  event: number;
  /** Steps that a case without it moves the chart; of the other sign. */
  other: number;
  /** What one step is worth as log likelihood ratio. */
  unit: number;
}

/** Fewest steps of the larger weight: rounding then moves it by 4 % at most. */
const fineness = 12;

/** The chart that tells the rate `to` from the rate `from`, both between 0 and 1 and not equal. */
export function makeChart(from: number, to: number): Chart {
  const event = Math.log(to / from);
  const other = Math.log((1 - to) / (1 - from));
  const smaller = Math.min(Math.abs(event), Math.abs(other));
  const ratio = Math.max(Math.abs(event), Math.abs(other)) / smaller;
  const unit = smaller / Math.max(1, Math.round(fineness / ratio));
  return { event: Math.round(event / unit), other: Math.round(other / unit), unit };
}

/** The fewest steps that are worth `h`. */
export function limitOf({ unit }: Chart, h: number): number {
  return Math.ceil(h / unit);
}

/** Where the chart stands after one more case. It has crossed a limit where it is not below it. */
export function advance({ event, other }: Chart, value: number, isEvent: boolean): number {
  return Math.max(0, value + (isEvent ? event : other));
}

/**
 * How many cases pass on average, from 0 on, before the chart crosses the limit where the event has the given rate:
 * exact, from the Markov chain of its values (Brook and Evans 1972). Infinite where nothing ever moves it up.
 */
export function runLength(chart: Chart, limit: number, rate: number): number {
  if (rate === (chart.event > 0 ? 0 : 1)) return Infinity;
  const rows = Array.from({ length: limit }, (_, value) => {
    const row = new Float64Array(limit + 1);
    row[value]! += 1;
    row[limit] = 1;
    for (const [isEvent, chance] of [
      [true, rate],
      [false, 1 - rate],
    ] as const) {
      const next = advance(chart, value, isEvent);
      if (next < limit) row[next]! -= chance;
    }
    return row;
  });
  return solve(rows)[0] ?? Number.NaN;
}

/**
 * Solves linear equations, the last column being the right side, by Gauss. Without a search for pivots: a row's
 * diagonal outweighs the rest of it, because what leaves the chain is missing there.
 */
function solve(rows: readonly Float64Array[]): number[] {
  rows.forEach((pivot, at) => {
    for (const row of rows.slice(at + 1)) subtract(row, pivot, at);
  });
  const values: number[] = [];
  for (let at = rows.length - 1; at >= 0; at--) {
    const row = rows[at]!;
    let rest = row[rows.length]!;
    for (let column = at + 1; column < rows.length; column++)
      rest -= row[column]! * values[column]!;
    values[at] = rest / row[at]!;
  }
  return values;
}

/** Makes `row[at]` nil by a multiple of `pivot`. */
function subtract(row: Float64Array, pivot: Float64Array, at: number): void {
  const factor = row[at]! / pivot[at]!;
  if (factor === 0) return;
  for (let column = at; column < row.length; column++) row[column]! -= factor * pivot[column]!;
}

/** The lowest limit that is crossed once in `cases` cases or less often where the event has the given rate. */
export function limitForRunLength(chart: Chart, rate: number, cases: number): number {
  let [low, high] = [0, 1];
  while (runLength(chart, high, rate) < cases) [low, high] = [high, high * 2];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (runLength(chart, middle, rate) < cases) low = middle;
    else high = middle;
  }
  return high;
}

/** A chart and the value that it must not reach. */
export interface LimitedChart {
  chart: Chart;
  limit: number;
}

/** The chart that tells `to` from `from` and, while the rate is `from`, crosses its limit once in `cases` cases at most. */
export function makeLimitedChart(from: number, to: number, cases: number): LimitedChart {
  const chart = makeChart(from, to);
  return { chart, limit: limitForRunLength(chart, from, cases) };
}

/** As `advance`; but a chart that has reached its limit stays there until it is begun anew. */
export function advanceLimited(
  { chart, limit }: LimitedChart,
  value: number,
  isEvent: boolean,
): number {
  return value >= limit ? value : advance(chart, value, isEvent);
}
