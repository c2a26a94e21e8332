import type { Dataset } from '../dataset/dataset.ts';
import type { Truth } from './case-table.ts';
import { partColumn } from './leakage.ts';
import { refuseScores } from './sample.ts';

/** Columns of a data set that make subgroups. */
export const datasetColumns = ['age', 'sex', 'view', 'site', partColumn] as const;

/** The label that is asked about: the named one, or the only one. Throws SCORES_INVALID for another. */
export function chooseLabel({ items }: Dataset, asked: string | undefined): string {
  const names = [...new Set(items.flatMap(({ labels }) => Object.keys(labels)))].sort();
  const name = asked ?? (names.length === 1 ? names[0] : undefined);
  if (name !== undefined && names.includes(name)) return name;
  throw refuseScores(`the label must be one of ${names.join(', ')}`);
}

/** The truth of a data set's images; one without the label is left out. */
export function datasetTruth({ items }: Dataset, name: string): Truth[] {
  return items.flatMap((item, at): Truth[] => {
    const label = item.labels[name];
    if (label === undefined) return [];
    const columns = datasetColumns.map((column) => [column, String(item[column] ?? '')]);
    const { file, patient } = item;
    return [{ row: at + 1, file, patient, label, columns: Object.fromEntries(columns) }];
  });
}
