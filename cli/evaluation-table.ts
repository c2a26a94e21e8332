import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { Files } from '../device/files.ts';
import { type CsvTable, readCsv } from '../models/evaluation/csv.ts';

/** A table and what it hashes to. */
export interface Table {
  name: string;
  sha256: string;
  content: CsvTable;
}

/** Throws SCORES_INVALID, with the row, for what is no table. */
export function openTable(files: Files, path: string): Table {
  const text = files.readText(path);
  const name = basename(path);
  const sha256 = createHash('sha256').update(text).digest('hex');
  return { name, sha256, content: readCsv(name, text) };
}
