import { type CsvRow, readCsv } from '../../models/evaluation/csv.ts';
import { type Claim, type KnownFinding, refuseReference } from './reference-claim.ts';

/** Columns of the table; one of the first two names the exam. */
const columns = ['study', 'accession', 'finding', 'label', 'reader'] as const;

const labels = new Map([
  ['1', 1],
  ['0', 0],
] as const);

/**
 * Reads a table with a row for each exam and finding: `study` or `accession`, `finding` (the id of a model's finding),
 * `label` (1 where it is there, 0 where it is not) and `reader`. Throws REFERENCE_INVALID with the row.
 */
export function readReferenceCsv(
  name: string,
  text: string,
  findings: readonly KnownFinding[],
): Claim[] {
  const table = readTable(name, text);
  const strange = table.columns.find((column) => !columns.some((known) => known === column));
  if (strange !== undefined) throw refuseReference(`${name} has an unknown column "${strange}"`);
  const ids = new Set(findings.map(({ id }) => id));
  return table.rows.map((row) => claimOf(name, row, ids));
}

function readTable(name: string, text: string) {
  try {
    return readCsv(name, text);
  } catch (cause) {
    throw refuseReference(cause instanceof Error ? cause.message : String(cause));
  }
}

function claimOf(name: string, { row, cells }: CsvRow, ids: ReadonlySet<string>): Claim {
  const at = `${name}, row ${row}`;
  const { study = '', accession = '', finding = '', reader = '' } = cells;
  const label = labels.get((cells['label'] ?? '') as '1' | '0');
  if (study === '' && accession === '') throw refuseReference(`${at}: no study and no accession`);
  if (!ids.has(finding)) throw refuseReference(`${at}: no model here looks for "${finding}"`);
  if (label === undefined) throw refuseReference(`${at}: label is neither 1 nor 0`);
  if (reader === '') throw refuseReference(`${at}: no reader`);
  return { at, studyUid: study, accession, finding, label, reader };
}
