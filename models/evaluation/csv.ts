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

/** A field, quoted or not, and what ends it: a comma, a line end or the end of the text. */
const field = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y;

/** Records of RFC 4180, with any line end and with or without a byte order mark. */
function readRecords(name: string, text: string): string[][] {
  const records: string[][] = [[]];
  field.lastIndex = text.startsWith('\uFEFF') ? 1 : 0;
  for (let ended = false; !ended;) {
    const match = field.exec(text);
    if (!match) throw refuseScores(`${name}, row ${records.length}: a quote is open or misplaced`);
    const [, quoted, plain = '', end] = match;
    records.at(-1)?.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end !== ',' && end !== '') records.push([]);
    ended = end === '';
  }
  return records;
}

function isBlank(record: readonly string[]): boolean {
  return record.length === 1 && record[0]?.trim() === '';
}

/**
 * Reads a table with a header. Throws SCORES_INVALID, with the row, for a misplaced quote, a record of another
 * length than the header, and a column without a name or with one that is there twice. `name` is for the message.
 */
export function readCsv(name: string, text: string): CsvTable {
  if (text.length > largest) throw refuseScores(`${name} is larger than ${largest} characters`);
  const [header = [], ...records] = readRecords(name, text);
  const columns = header.map((column) => column.trim());
  const wrong = columns.find((column, at) => column === '' || columns.indexOf(column) !== at);
  if (wrong !== undefined)
    throw refuseScores(`${name}, row 1: a column has no name or is there twice: "${wrong}"`);
  const rows = records
    .map((record, at) => ({ row: at + 2, record }))
    .filter(({ record }) => !isBlank(record))
    .map(({ row, record }) => ({ row, cells: nameCells(name, row, columns, record) }));
  return { columns, rows };
}

function nameCells(name: string, row: number, columns: string[], record: string[]) {
  if (record.length !== columns.length)
    throw refuseScores(
      `${name}, row ${row}: ${record.length} fields, but the header has ${columns.length}`,
    );
  return Object.fromEntries(columns.map((column, at) => [column, record[at]?.trim() ?? '']));
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
