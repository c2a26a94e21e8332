import { type CsvRecord, nameFields, readRecords } from '../csv-record.ts';
import { refuseScores } from './sample.ts';

/** One record after the header. */
export interface CsvRow {
  /** As a spreadsheet counts: the header is row 1. */
  row: number;
  /** By column. */
  cells: Record<string, string>;
}

export interface CsvTable {
  columns: string[];
  rows: CsvRow[];
}

/** Largest number of characters of a table, far beyond any evaluation. */
const largest = 1 << 28;

/**
 * Reads a table with a header. Throws SCORES_INVALID, with the row, for a misplaced quote, a record of another
 * length than the header, and a column without a name or with one that is there twice. `name` is for the message.
 */
export function readCsv(name: string, text: string): CsvTable {
  if (text.length > largest) throw refuseScores(`${name} is larger than ${largest} characters`);
  const [header, ...records] = readRecords(text, (row) =>
    refuseScores(`${name}, row ${row}: a quote is open or misplaced`),
  );
  const columns = (header?.fields ?? ['']).map((column) => column.trim());
  const wrong = columns.find((column, at) => column === '' || columns.indexOf(column) !== at);
  if (wrong !== undefined)
    throw refuseScores(
      `${name}, row ${header?.row ?? 1}: a column has no name or is there twice: "${wrong}"`,
    );
  return { columns, rows: records.map((record) => nameCells(name, columns, record)) };
}

function nameCells(name: string, columns: string[], record: CsvRecord): CsvRow {
  const { row, fields } = record;
  if (fields.length !== columns.length)
    throw refuseScores(
      `${name}, row ${row}: ${fields.length} fields, but the header has ${columns.length}`,
    );
  return { row, cells: nameFields(columns, record) };
}

/** Writes a table as RFC 4180 says, with CRLF; a cell that the record lacks is empty. */
export function writeCsv(
  columns: readonly string[],
  records: readonly Readonly<Record<string, string>>[],
): string {
  const rows = [columns, ...records.map((record) => columns.map((name) => record[name] ?? ''))];
  return rows.map((cells) => `${cells.map(quote).join(',')}\r\n`).join('');
}

function quote(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
