import { criticalValue } from './distribution.ts';
import { type Estimate, standardLevel } from './proportion.ts';

/** Shares of a square table of counts and of its margins. Counts are added before they are divided, to round once. */
function shares(table: readonly (readonly number[])[]) {
  const total = table.flat().reduce((sum, count) => sum + count, 0);
  const count = (row: number, column: number) => table[row]?.[column] ?? 0;
  const classes = table.map((_, at) => at);
  const sum = (of: (at: number) => number) => classes.reduce((all, at) => all + of(at), 0);
  return {
    total,
    sum,
    agreed: sum((at) => count(at, at)) / total,
    cell: (row: number, column: number) => count(row, column) / total,
    row: (at: number) => sum((column) => count(at, column)) / total,
    column: (at: number) => sum((row) => count(row, at)) / total,
  };
}

/**
 * Cohen's (1960) kappa of two raters from the square table of their answers, with the interval of Fleiss, Cohen and
 * Everitt (1969). NaN where both always give the same single answer, because chance explains everything then, or
 * without a case.
 */
export function cohenKappa(table: readonly (readonly number[])[], level = standardLevel): Estimate {
  const { total, agreed, cell, sum, row, column } = shares(table);
  const chance = sum((at) => row(at) * column(at));
  const value = (agreed - chance) / (1 - chance);
  const diagonal = sum((at) => cell(at, at) * (1 - (row(at) + column(at)) * (1 - value)) ** 2);
  const beside = sum((i) => sum((j) => (i === j ? 0 : cell(i, j) * (column(i) + row(j)) ** 2)));
  const rest = (value - chance * (1 - value)) ** 2;
  const variance = (diagonal + (1 - value) ** 2 * beside - rest) / ((1 - chance) ** 2 * total);
  const half = criticalValue(level) * Math.sqrt(Math.max(0, variance));
  return { value, low: Math.max(-1, value - half), high: Math.min(1, value + half) };
}

/**
 * Fleiss' (1971) kappa of several raters. `counts` holds a row a case: how many raters gave each answer; every row has
 * the same sum, at least 2. NaN where all always give the same single answer, or without a case.
 */
export function fleissKappa(counts: readonly (readonly number[])[]): number {
  const raters = (counts[0] ?? []).reduce((sum, count) => sum + count, 0);
  const answers = (counts[0] ?? []).map((_, at) => at);
  const agreement = counts.map(
    (row) => row.reduce((sum, count) => sum + count * (count - 1), 0) / (raters * (raters - 1)),
  );
  const observed = agreement.reduce((sum, value) => sum + value, 0) / counts.length;
  const chance = answers.reduce((sum, answer) => {
    const given = counts.reduce((all, row) => all + (row[answer] ?? 0), 0);
    return sum + (given / (counts.length * raters)) ** 2;
  }, 0);
  return (observed - chance) / (1 - chance);
}
