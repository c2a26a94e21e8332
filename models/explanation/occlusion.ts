import type { Part } from '../geometry.ts';
import type { Grid } from '../resample.ts';
import type { HeatMap } from './heat-map.ts';
import { type NetworkInput, type Predict, predictEach } from './predictor.ts';
import { hiderOf, type Replacement } from './hiding.ts';

/** Patches side by side along an edge of the picture; between any two lies a third that overlaps half of both. */
const patchesAlong = 8;

function startsAlong(length: number): { side: number; starts: number[] } {
  const side = Math.max(1, Math.round(length / patchesAlong));
  const step = Math.max(1, Math.round(side / 2));
  const starts: number[] = [];
  for (let start = 0; start < length - side; start += step) starts.push(start);
  return { side, starts: [...starts, length - side] };
}

/** Overlapping patches that together cover every pixel. */
export function planPatches({ rows, columns }: Grid): Part[] {
  const [down, across] = [startsAlong(rows), startsAlong(columns)];
  return down.starts.flatMap((row) =>
    across.starts.map((column) => ({ row, column, rows: down.side, columns: across.side })),
  );
}

function covers(patch: Part, columns: number): (pixel: number) => boolean {
  return (pixel) => {
    const row = Math.floor(pixel / columns) - patch.row;
    const column = (pixel % columns) - patch.column;
    return row >= 0 && row < patch.rows && column >= 0 && column < patch.columns;
  };
}

/** For every pixel the mean drop over the patches that cover it. */
function spread({ rows, columns }: Grid, patches: readonly Part[], drops: Float64Array): HeatMap {
  const [sums, counts] = [new Float32Array(rows * columns), new Float32Array(rows * columns)];
  for (const [at, patch] of patches.entries())
    for (let row = patch.row; row < patch.row + patch.rows; row++)
      for (let column = patch.column; column < patch.column + patch.columns; column++) {
        sums[row * columns + column]! += drops[at]!;
        counts[row * columns + column]! += 1;
      }
  return { rows, columns, values: sums.map((sum, at) => sum / counts[at]!) };
}

/**
 * Hides one patch of the input after another and measures by how much the logit drops: what speaks for the finding is
 * missed. Above 0 is for it, below 0 against. It asks the network some 226 times.
 */
export async function explainByOcclusion(
  input: NetworkInput,
  predict: Predict,
  replacement: Replacement,
): Promise<HeatMap> {
  const patches = planPatches(input);
  const [first] = patches;
  const hide = hiderOf(input, replacement, Math.max(first!.rows, first!.columns));
  const [whole] = await predict([input.values]);
  const logits = await predictEach(predict, patches.length, (at) =>
    hide(covers(patches[at]!, input.columns)),
  );
  const drops = logits.map((logit) => whole! - logit);
  return spread(input, patches, drops);
}
