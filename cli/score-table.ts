import {
  type Case,
  fileColumn,
  reasonColumn,
  scoreColumn,
  withheldColumn,
} from '../models/evaluation/case-table.ts';
import { writeCsv } from '../models/evaluation/csv.ts';

const columns = [fileColumn, 'patient', 'label', scoreColumn, reasonColumn, withheldColumn];

/** Cases as a table that `model evaluate` and `model compare` read again. */
export function writeScores(cases: readonly Case[]): string {
  const others = new Set(cases.flatMap((each) => Object.keys(each.columns)));
  const extra = [...others].filter((column) => !columns.includes(column));
  const records = cases.map(({ file, patient, label, prediction, columns }) => ({
    ...columns,
    file,
    patient,
    label: String(label),
    score: 'score' in prediction ? String(prediction.score) : '',
    reason: 'reason' in prediction ? prediction.reason : '',
    withheld: 'reason' in prediction ? String(prediction.withheld ?? '') : '',
  }));
  return writeCsv([...columns, ...extra], records);
}
