import type { Opinions } from './agreement.ts';
import { pseudonym } from './dataset.ts';
import { type Complain, readFile, readLabel, readRows, requireColumns } from './layout.ts';
import { refuseProblems, type Table, type TableRow } from './table.ts';

const readerPrefix = 'reader:';

interface Opinion {
  row: number;
  file: string;
  reader: string;
  label: 0 | 1;
}

/**
 * What several readers said of each file: a table with the columns `file,reader,label`, or with `file` and one column
 * `reader:NAME` for each of them, empty where that reader has not read the image. Throws DATASET_INVALID with the rows
 * that say something else, or that let one reader speak twice of one image.
 */
export function readOpinions(table: Table): Map<string, Opinions> {
  const isLong = table.columns.includes('reader');
  requireColumns(table, isLong ? ['file', 'reader', 'label'] : ['file']);
  const all = readRows(table, isLong ? readLongRow : readWideRow).flat();
  refuseRepeated(all);
  const byFile = Map.groupBy(all, ({ file }) => file);
  return new Map(
    [...byFile].map(([file, opinions]) => [
      file,
      Object.fromEntries(opinions.map(({ reader, label }) => [reader, label])),
    ]),
  );
}

function readLongRow(row: TableRow, complain: Complain): Opinion[] {
  const reader = row.fields['reader']!;
  if (!pseudonym.safeParse(reader).success) complain(`reader ${JSON.stringify(reader)} is no name`);
  const label = readLabel(row.fields['label']!, complain);
  return [{ row: row.row, file: readFile(row, complain), reader, label }];
}

function readWideRow(row: TableRow, complain: Complain): Opinion[] {
  const file = readFile(row, complain);
  return Object.entries(row.fields).flatMap(([column, text]) => {
    if (column === 'file' || text === '') return [];
    const reader = column.startsWith(readerPrefix) ? column.slice(readerPrefix.length) : '';
    if (!pseudonym.safeParse(reader).success)
      complain(`column ${column} is no ${readerPrefix}NAME`);
    return [{ row: row.row, file, reader, label: readLabel(text, complain) }];
  });
}

function refuseRepeated(all: Opinion[]): void {
  const seen = new Map<string, number>();
  const problems: string[] = [];
  for (const { row, file, reader } of all) {
    const key = `${reader} on ${file}`;
    const before = seen.get(key);
    if (before !== undefined) problems.push(`row ${row}: ${key} is in row ${before} already`);
    seen.set(key, row);
  }
  refuseProblems(problems);
}
