import type { Truth } from './case-table.ts';
import type { CsvTable } from './csv.ts';
import { refuseScores } from './sample.ts';

/** Column that says which part of a split a case belongs to. */
export const partColumn = 'part';

/**
 * Refuses cases of patients that the model was trained on: it may know the person and not the finding. `trained` holds
 * the patients' names. Throws SCORES_INVALID with the row of the first one.
 */
export function refuseTrained(truths: readonly Truth[], trained: ReadonlySet<string>): void {
  const known = truths.filter(({ patient }) => trained.has(patient));
  if (known[0])
    throw refuseScores(
      `row ${known[0].row}: patient "${known[0].patient}" was trained on, as were those of ` +
        `${known.length} of ${truths.length} cases`,
    );
}

/** Refuses a patient whose cases stand in two parts of the split. Throws SCORES_INVALID with the row. */
export function refuseTornPatients(truths: readonly Truth[]): void {
  const parts = new Map<string, string>();
  for (const { patient, row, columns } of truths) {
    const part = columns[partColumn] ?? '';
    const before = parts.get(patient) ?? part;
    if (before !== part)
      throw refuseScores(`row ${row}: patient "${patient}" is in "${part}" and in "${before}"`);
    parts.set(patient, part);
  }
}

/** Patients of a training list: its column of patients, or the only column it has. */
export function readTrained(name: string, table: CsvTable, patient: string): Set<string> {
  const column = table.columns.length === 1 ? (table.columns[0] ?? '') : patient;
  if (!table.columns.includes(column))
    throw refuseScores(`${name} has no column "${patient}", and more than one other`);
  return new Set(table.rows.map(({ cells }) => cells[column] ?? ''));
}
