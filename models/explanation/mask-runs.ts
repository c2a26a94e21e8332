import { ScansideError } from '../../device/errors.ts';
import type { Mask } from '../outcome.ts';
import type { HeatMap } from './heat-map.ts';
import { type Journey, projectRows } from './projection.ts';

/** Runs of one mask at most: those of an outline that nobody could draw. */
export const mostRuns = 100_000;

function tooMany(): ScansideError {
  return new ScansideError('MODEL_FAULT', `a mask has more than ${mostRuns} runs`);
}

function encodeRuns(rows: Iterable<Float32Array>, level: number): number[] {
  const runs: number[] = [];
  let [at, end] = [0, -1];
  for (const row of rows)
    for (const value of row) {
      if (value >= level) {
        if (at === end) runs[runs.length - 1]! += 1;
        else if (runs.push(at, 1) > 2 * mostRuns) throw tooMany();
        end = at + 1;
      }
      at++;
    }
  return runs;
}

/**
 * The pixels of the stored image at which a model's logits, on a grid that covers the network's input, reach a
 * probability. Logits are interpolated between the fields of the grid and only then held against the threshold: its
 * outline lies where they cross it and has no steps of the grid's size, and a pixel that lies at the centre of a field
 * has that field's own answer. What the network has not seen belongs to nothing. Throws MODEL_FAULT for more than
 * `mostRuns` runs.
 */
export function maskRuns(logits: HeatMap, journey: Journey, threshold: number): number[] {
  const level = Math.log(threshold / (1 - threshold));
  if (logits.values.every((value) => value < level)) return [];
  return encodeRuns(projectRows(logits, journey.source, journey), level);
}

/** Whether runs are pairs within the image, ascending, disjoint, none of them empty, and not too many. */
export function areRuns({ rows, columns, runs }: Pick<Mask, 'rows' | 'columns' | 'runs'>): boolean {
  if (runs.length % 2 || runs.length > 2 * mostRuns) return false;
  let end = 0;
  for (let at = 0; at < runs.length; at += 2) {
    const [start, length] = [runs[at], runs[at + 1]];
    if (!Number.isInteger(start) || !Number.isInteger(length)) return false;
    if (start! < end || length! < 1) return false;
    end = start! + length!;
  }
  return end <= rows * columns;
}
