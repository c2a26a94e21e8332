import { bootstrap, type BootstrapOptions } from './bootstrap.ts';
import type { Case } from './case-table.ts';
import { dice, intersectionOverUnion, type Overlap } from './overlap.ts';
import type { Estimate } from './proportion.ts';
import { mean, refuseScores } from './sample.ts';

/** How well the masks of a model lie on the true ones: means over the cases that have both. */
export interface MaskAgreement {
  cases: number;
  dice: Estimate;
  iou: Estimate;
}

/** Columns of pixel counts: of the model's mask, of the true one, and of what they share. */
export const maskColumns = ['mask-predicted', 'mask-truth', 'mask-both'] as const;

/** Undefined where the case has no masks. Throws SCORES_INVALID, with the row, for counts that cannot be. */
function readOverlap({ columns, row }: Case): Overlap | undefined {
  const cells = maskColumns.map((name) => columns[name] ?? '');
  if (cells.every((cell) => cell === '')) return undefined;
  const [predicted = -1, truth = -1, both = -1] = cells.map((cell) =>
    /^\d+$/.test(cell) ? Number(cell) : -1,
  );
  if (both < 0 || both > Math.min(predicted, truth))
    throw refuseScores(
      `row ${row}: ${maskColumns.join(', ')} are no areas of masks and their overlap`,
    );
  return { predicted, truth, both };
}

/** Nothing where no case brings masks. The intervals are the bootstrap's, by patient. */
export function measureMasks(
  cases: readonly Case[],
  options: BootstrapOptions,
): { masks?: MaskAgreement } {
  const masked = cases.flatMap((each) => {
    const overlap = readOverlap(each);
    return overlap ? [{ ...each, overlap }] : [];
  });
  if (masked.length === 0) return {};
  const of = [dice, intersectionOverUnion].map((figure) =>
    masked.map(({ overlap }) => figure(overlap)),
  );
  const intervals = bootstrap(
    masked.map(({ label }) => label),
    masked.map(({ patient }) => patient),
    (drawn) => of.map((values) => mean(drawn.map((at) => values[at] ?? 0))),
    options,
  );
  const [one, other] = of.map((values, at): Estimate => ({
    value: mean(values),
    ...(intervals[at] ?? { low: 0, high: 1 }),
  }));
  return one && other ? { masks: { cases: masked.length, dice: one, iou: other } } : {};
}
