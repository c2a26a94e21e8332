import { ScansideError } from '../../device/errors.ts';
import { nameFields, readRecords } from '../csv-record.ts';

/** A row of a table: its number in the file, counted from 1 with the header as row 1, and its fields by column. */
export interface TableRow {
  row: number;
  fields: Readonly<Record<string, string>>;
}

export interface Table {
  columns: string[];
  rows: TableRow[];
}

const longestTable = 256 << 20;
/** Problems that a message lists before it only counts the rest. */
const listed = 20;

/** Throws DATASET_INVALID with all problems where there is any. */
export function refuseProblems(problems: readonly string[]): void {
  if (problems.length === 0) return;
  const more = problems.length > listed ? `; and ${problems.length - listed} more` : '';
  throw new ScansideError('DATASET_INVALID', `${problems.slice(0, listed).join('; ')}${more}`);
}

/**
 * Reads a table of comma-separated values with a header (RFC 4180), UTF-8 with or without a byte order mark. Throws
 * DATASET_INVALID, naming the rows, for other bytes, a wrong number of fields, a broken quote or a column named twice.
 */
export function readTable(bytes: Uint8Array): Table {
  const [header, ...records] = readRecords(
    decode(bytes),
    (row) => new ScansideError('DATASET_INVALID', `row ${row} has a broken quote`),
  );
  const columns = (header?.fields ?? []).map((name) => name.trim());
  if (columns.length === 0 || columns.includes('') || new Set(columns).size < columns.length)
    throw new ScansideError('DATASET_INVALID', 'row 1 must name every column, each once');
  const uneven = records.filter(({ fields }) => fields.length !== columns.length);
  refuseProblems(
    uneven.map(({ row, fields }) => `row ${row} has ${fields.length} of ${columns.length} fields`),
  );
  const rows = records.map((record) => ({ row: record.row, fields: nameFields(columns, record) }));
  return { columns, rows };
}

function decode(bytes: Uint8Array): string {
  if (bytes.length > longestTable)
    throw new ScansideError('DATASET_INVALID', `the table has more than ${longestTable} bytes`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ScansideError('DATASET_INVALID', 'the table is not UTF-8', { cause });
  }
}
