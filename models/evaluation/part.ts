import { type Percentages, splitPatients } from '../dataset/split.ts';
import type { Truth } from './case-table.ts';
import { partColumn } from './leakage.ts';
import { refuseScores } from './sample.ts';

/** How patients are dealt out where no column says which part they belong to. */
export interface SplitRule {
  seed: string;
  percentages: Percentages;
}

/** Which cases of a split are evaluated. */
export interface PartRequest {
  part: string;
  /** Undefined: the column `part` says it. */
  rule?: SplitRule | undefined;
}

/** Deals patients out as `dataset split` and the training do, by label and, where there is such a column, site. */
function assignParts(truths: readonly Truth[], { seed, percentages }: SplitRule): Truth[] {
  const items = truths.map(({ patient, label, columns }) => ({
    patient,
    label,
    site: columns['site'] || undefined,
  }));
  const parts = splitPatients(items, seed, percentages);
  return truths.map((truth) => ({
    ...truth,
    columns: { ...truth.columns, [partColumn]: parts.get(truth.patient) ?? '' },
  }));
}

/** The cases of one part. Throws SCORES_INVALID where there is none. */
export function takePart(truths: readonly Truth[], { part, rule }: PartRequest): Truth[] {
  const assigned = rule ? assignParts(truths, rule) : truths;
  const kept = assigned.filter(({ columns }) => columns[partColumn] === part);
  if (kept.length === 0)
    throw refuseScores(
      `no case is in the part "${part}"; the column "${partColumn}" says which are`,
    );
  return kept;
}
