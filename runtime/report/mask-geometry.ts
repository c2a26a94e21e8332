import type { Mask } from '../../models/outcome.ts';

/** Millimetres from one row to the next and from one column to the next. */
export interface Spacing {
  rows: number;
  columns: number;
}

/** A rectangle along rows and columns. Edges lie between pixels: the first pixel reaches from 0 to 1. */
export interface Box {
  top: number;
  left: number;
  bottom: number;
  right: number;
}

/** Set pixels that stand beside one another in one row: from column `start` up to but without `end`. */
export interface Run {
  row: number;
  start: number;
  end: number;
}

/** The runs of a mask by row; a run that goes on in the next row is cut there. */
export function runsOf({ columns, runs }: Mask): Run[] {
  return Array.from({ length: Math.floor(runs.length / 2) }, (_, at) =>
    cutIntoRows(runs[2 * at]!, runs[2 * at + 1]!, columns),
  ).flat();
}

function cutIntoRows(first: number, length: number, columns: number): Run[] {
  const [from, to] = [Math.floor(first / columns), Math.ceil((first + length) / columns)];
  return Array.from({ length: Math.max(0, to - from) }, (_, at) => {
    const row = from + at;
    const start = Math.max(first - row * columns, 0);
    return { row, start, end: Math.min(first + length - row * columns, columns) };
  });
}

/** How many pixels are set. */
export function pixelCount(runs: readonly Run[]): number {
  return runs.reduce((sum, { start, end }) => sum + end - start, 0);
}

/** Square millimetres. */
export function areaOf(runs: readonly Run[], spacing: Spacing): number {
  return pixelCount(runs) * spacing.rows * spacing.columns;
}

/** Cubic millimetres of the runs of parallel slices that are `step` millimetres apart. */
export function volumeOf(
  slices: readonly (readonly Run[])[],
  spacing: Spacing,
  step: number,
): number {
  return slices.reduce((sum, runs) => sum + areaOf(runs, spacing), 0) * step;
}

/** The smallest rectangle around all pixels; there must be one. */
export function boxAround(runs: readonly Run[]): Box {
  return runs.map(boxOf).reduce((one, other) => ({
    top: Math.min(one.top, other.top),
    left: Math.min(one.left, other.left),
    bottom: Math.max(one.bottom, other.bottom),
    right: Math.max(one.right, other.right),
  }));
}

function boxOf({ row, start, end }: Run): Box {
  return { top: row, left: start, bottom: row + 1, right: end };
}

/** Of the parts that touch one another nowhere, not even by a corner, that with most pixels; the upper one of equals. */
export function largestPart(runs: readonly Run[]): Run[] {
  const parts = Map.groupBy(runs.keys(), labelRuns(runs));
  const members = Array.from(parts.values(), (part) => part.map((at) => runs[at]!));
  return members.reduce<Run[]>(
    (largest, part) => (pixelCount(part) > pixelCount(largest) ? part : largest),
    [],
  );
}

/** Gives each run the number of the first run that it hangs together with. `runs` ascend by row and column. */
function labelRuns(runs: readonly Run[]): (at: number) => number {
  const parents = runs.map((_, at) => at);
  const root = (at: number): number => {
    while (parents[at] !== at) at = parents[at] = parents[parents[at]!]!;
    return at;
  };
  let above = 0;
  for (const [at, run] of runs.entries()) {
    while (isBefore(runs[above]!, run)) above++;
    for (let other = above; touches(runs[other]!, run); other++) {
      const [one, two] = [root(other), root(at)];
      parents[Math.max(one, two)] = Math.min(one, two);
    }
  }
  return root;
}

/** Whether a run ends before it could touch one of the row below or any later one. */
function isBefore(above: Run, run: Run): boolean {
  return above.row < run.row - 1 || (above.row === run.row - 1 && above.end < run.start);
}

function touches(above: Run, run: Run): boolean {
  return above.row === run.row - 1 && above.start <= run.end && above.end >= run.start;
}

/** Millimetres between the two points of the outline that are farthest apart, corners of pixels included. */
export function longAxisOf(runs: readonly Run[], spacing: Spacing): number {
  const corners = cornersOf(runs);
  let longest = 0;
  for (const [at, one] of corners.entries())
    for (const other of corners.slice(at + 1)) {
      const [high, wide] = [one.row - other.row, one.column - other.column];
      longest = Math.max(longest, Math.hypot(high * spacing.rows, wide * spacing.columns));
    }
  return longest;
}

/** On every line between rows the leftmost and the rightmost corner: the farthest two are among them. */
function cornersOf(runs: readonly Run[]): { row: number; column: number }[] {
  const lines = new Map<number, [left: number, right: number]>();
  for (const { row, start, end } of runs)
    for (const line of [row, row + 1]) {
      const [left, right] = lines.get(line) ?? [start, end];
      lines.set(line, [Math.min(left, start), Math.max(right, end)]);
    }
  return Array.from(lines).flatMap(([row, columns]) => columns.map((column) => ({ row, column })));
}
