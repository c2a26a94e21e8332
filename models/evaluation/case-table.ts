import type { CsvRow, CsvTable } from './csv.ts';
import { type Label, refuseScores } from './sample.ts';

/**
 * What a model said of a case: a score, or no answer and why; then `withheld` is the score that the device keeps to
 * itself, where there was one.
 */
export type Prediction = { score: number } | { reason: string; withheld?: number | undefined };

/** A case with its truth. */
export interface Truth {
  /** Row of the table that it comes from, the header being row 1. */
  row: number;
  /** Names the case: the image's file. */
  file: string;
  patient: string;
  label: Label;
  /** The other columns, for subgroups. */
  columns: Record<string, string>;
}

/** A case with its truth and what the model said. */
export type Case = Truth & { prediction: Prediction };

/** Which columns hold what, and what counts as having the finding. */
export interface Layout {
  label: string;
  /** Keeps the cases of one patient together; without such a column each case is a patient. */
  patient?: string | undefined;
  /**
   * Values that mean the finding: of the whole cell or of one of its parts between `|`; one between slashes is a
   * regular expression for the whole cell. None: the cell must be 0 or 1.
   */
  positive: readonly string[];
}

/** Column that names a case. */
export const fileColumn = 'file';
export const scoreColumn = 'score';
/** Column that says why a case has no score. */
export const reasonColumn = 'reason';
/** Column of the scores that were kept back, beside a reason. */
export const withheldColumn = 'withheld';

/** `probability`: from 0 to 1, so that calibration can be judged. `rank`: any number, of which the order alone counts. */
export type Scale = 'probability' | 'rank';

function place(name: string, { row }: { row: number }): string {
  return `${name}, row ${row}`;
}

function requireColumns(name: string, table: CsvTable, wanted: readonly string[]): void {
  const missing = wanted.find((column) => !table.columns.includes(column));
  if (missing !== undefined)
    throw refuseScores(
      `${name} has no column "${missing}"; it has ${table.columns.map((c) => `"${c}"`).join(', ')}`,
    );
}

/** Whether a value means the finding. */
type Rule = (value: string) => boolean;

function readRule(value: string): Rule {
  const pattern = /^\/(.+)\/(i?)$/.exec(value);
  if (!pattern) return (cell) => cell === value || cell.split('|').includes(value);
  try {
    const expression = new RegExp(pattern[1] ?? '', pattern[2]);
    return (cell) => expression.test(cell);
  } catch (cause) {
    throw refuseScores(`${value} is no regular expression: ${String(cause)}`);
  }
}

function readLabel(where: string, column: string, value: string, rules: readonly Rule[]): Label {
  if (value === '') throw refuseScores(`${where}: the label "${column}" is missing`);
  if (rules.length > 0) return rules.some((rule) => rule(value)) ? 1 : 0;
  if (value !== '0' && value !== '1')
    throw refuseScores(
      `${where}: the label is "${value}", not 0 or 1; say which value is positive`,
    );
  return value === '1' ? 1 : 0;
}

/** Refuses a file that is there twice. */
function requireDistinct(name: string, rows: readonly { row: number; file: string }[]): void {
  const first = new Map<string, number>();
  for (const { row, file } of rows) {
    const before = first.get(file);
    if (before !== undefined)
      throw refuseScores(`${name}, row ${row}: the case "${file}" is in row ${before} already`);
    first.set(file, row);
  }
}

/**
 * Reads the truth of every case. Throws SCORES_INVALID, with the row, for a missing or unknown label, a missing file or
 * patient, a file that is there twice and an unknown column. `name` is for the message.
 */
export function readTruth(name: string, table: CsvTable, layout: Layout): Truth[] {
  const { label, patient, positive } = layout;
  requireColumns(name, table, [fileColumn, label, ...(patient ? [patient] : [])]);
  const rules = positive.map(readRule);
  const taken = new Set([fileColumn, scoreColumn, reasonColumn, withheldColumn]);
  const truths = table.rows.map((row): Truth => {
    const file = readName(name, row, fileColumn);
    const columns = Object.entries(row.cells).filter(([column]) => !taken.has(column));
    return {
      row: row.row,
      file,
      patient: patient ? readName(name, row, patient) : file,
      label: readLabel(place(name, row), label, row.cells[label] ?? '', rules),
      columns: Object.fromEntries(columns),
    };
  });
  requireDistinct(name, truths);
  return truths;
}

function readName(name: string, row: CsvRow, column: string): string {
  const value = row.cells[column] ?? '';
  if (value === '') throw refuseScores(`${place(name, row)}: "${column}" is empty`);
  return value;
}

/**
 * Reads what the model said, by file. Throws SCORES_INVALID, with the row, for a score that is no finite number or,
 * where probabilities are asked for, not from 0 to 1; and for an empty score without a reason.
 */
export function readPredictions(
  name: string,
  table: CsvTable,
  scale: Scale,
): Map<string, Prediction> {
  requireColumns(name, table, [fileColumn, scoreColumn]);
  const rows = table.rows.map((row) => ({ ...row, file: readName(name, row, fileColumn) }));
  requireDistinct(name, rows);
  return new Map(rows.map((row) => [row.file, readPrediction(place(name, row), row.cells, scale)]));
}

const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function readPrediction(where: string, cells: CsvRow['cells'], scale: Scale): Prediction {
  const text = cells[scoreColumn] ?? '';
  const reason = cells[reasonColumn] ?? '';
  const withheld = cells[withheldColumn] ?? '';
  if (text === '' && reason !== '')
    return { reason, ...(withheld && { withheld: readScore(where, withheld, scale) }) };
  if (text === '') throw refuseScores(`${where}: neither a score nor a reason for having none`);
  return { score: readScore(where, text, scale) };
}

function readScore(where: string, text: string, scale: Scale): number {
  const score = Number(text);
  if (!number.test(text) || !Number.isFinite(score))
    throw refuseScores(`${where}: the score "${text}" is no finite number`);
  if (scale === 'probability' && (score < 0 || score > 1))
    throw refuseScores(`${where}: the score ${text} is no probability; are these ranks?`);
  return score;
}

/**
 * Puts truth and prediction together. Throws SCORES_INVALID for a case that only one side has: figures of what happens
 * to be there would be of another population than the labels'.
 */
export function joinCases(
  name: string,
  truths: readonly Truth[],
  predictions: ReadonlyMap<string, Prediction>,
): Case[] {
  const known = new Set(truths.map(({ file }) => file));
  const extra = [...predictions.keys()].find((file) => !known.has(file));
  if (extra !== undefined)
    throw refuseScores(`${name} has the case "${extra}", which has no label`);
  return truths.map((truth) => {
    const prediction = predictions.get(truth.file);
    if (!prediction) throw refuseScores(`row ${truth.row}: ${name} lacks the case "${truth.file}"`);
    return { ...truth, prediction };
  });
}

/** Cases with an answer, and those without. */
export function partCases<T extends Case>(cases: readonly T[]) {
  const decided: (T & { prediction: { score: number } })[] = [];
  const abstained: (T & { prediction: { reason: string; withheld?: number | undefined } })[] = [];
  for (const each of cases)
    if ('score' in each.prediction) decided.push({ ...each, prediction: each.prediction });
    else abstained.push({ ...each, prediction: each.prediction });
  return { decided, abstained };
}

export const scoreOf = ({ prediction }: { prediction: { score: number } }): number =>
  prediction.score;
