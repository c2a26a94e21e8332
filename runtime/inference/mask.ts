import { ScansideError } from '../../device/errors.ts';
import { maskRuns, mostRuns } from '../../models/explanation/mask-runs.ts';
import type { SizedGrid } from '../../models/geometry.ts';
import type { Manifest } from '../../models/manifest.ts';
import type { FindingScore, InstanceResult, Mask } from '../../models/outcome.ts';
import type { EnsembleOutput } from './ensemble.ts';
import { allFinite } from './score.ts';

/** Runs of all masks of one object at most, over its frames and findings. */
export const mostRunsTogether = 10 * mostRuns;

type Logits = NonNullable<EnsembleOutput['mask']>;

/** Throws MODEL_FAULT where the network gives another grid than a bundle may declare, or what is no number. */
function checkLogits({ network, findings }: Manifest, { rows, columns, values }: Logits): void {
  const { input } = network;
  const divides = input.rows % rows === 0 && input.columns % columns === 0;
  if (divides && values.length === rows * columns * findings.length && allFinite(values)) return;
  const what = `${values.length} mask values of ${rows} × ${columns} for ${findings.length} findings`;
  throw new ScansideError('MODEL_FAULT', what);
}

/**
 * The masks of one input on the grid of the stored image that it was made of, of the findings that reach their
 * threshold; undefined where the bundle gives none or may not say where it reacted. Throws MODEL_FAULT.
 */
export function maskFindings(
  manifest: Manifest,
  { scores, mask }: { scores: readonly FindingScore[]; mask: Logits | undefined },
  source: SizedGrid,
): Mask[] | undefined {
  const { maskThreshold } = manifest.network;
  if (!mask || maskThreshold === undefined || !manifest.show.localisation) return undefined;
  checkLogits(manifest, mask);
  const { rows, columns } = mask;
  const size = rows * columns;
  const journey = { source, steps: manifest.preprocess };
  return manifest.findings.flatMap(({ id, threshold }, at) => {
    if (!(scores[at]!.probability >= threshold)) return [];
    const values = mask.values.subarray(at * size, (at + 1) * size);
    const runs = maskRuns({ rows, columns, values }, journey, maskThreshold);
    const grid = { rows: source.rows, columns: source.columns };
    return runs.length ? [{ finding: id, ...grid, runs }] : [];
  });
}

/** Runs of several masks together. */
export function runsOf(masks: readonly Mask[]): number {
  return masks.reduce((sum, { runs }) => sum + runs.length / 2, 0);
}

/** Runs of all masks of a result. */
export function runsIn(result: InstanceResult): number {
  return result.state === 'analysed' ? runsOf(result.masks ?? []) : 0;
}

/** Throws MODEL_FAULT where masks together have more runs than anybody would keep. */
export function checkRuns(runs: number): void {
  if (runs > mostRunsTogether)
    throw new ScansideError('MODEL_FAULT', `the masks have more than ${mostRunsTogether} runs`);
}
