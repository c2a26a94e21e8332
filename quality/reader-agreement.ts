import { bootstrap, type BootstrapOptions } from '../models/evaluation/bootstrap.ts';
import { cohenKappa, fleissKappa } from '../models/evaluation/kappa.ts';
import { fewestCases } from '../models/evaluation/performance.ts';
import type { Estimate } from '../models/evaluation/proportion.ts';
import type { Label } from '../models/evaluation/sample.ts';
import { type Figure, nothingCounted } from './figure.ts';

/** What one reader, who saw neither the model's output nor another reader's, says of an exam. */
export interface Reading {
  exam: string;
  /** Short name of the reader's account; the model itself may stand among the readers. */
  reader: string;
  label: Label;
}

/** By exam, what each reader says. */
type ByExam = Map<string, Map<string, Label>>;

function group(readings: readonly Reading[]): ByExam {
  const exams: ByExam = new Map();
  for (const { exam, reader, label } of readings) {
    const said = exams.get(exam) ?? new Map<string, Label>();
    exams.set(exam, said.set(reader, label));
  }
  return exams;
}

function kappaFigure({ value, low, high }: Estimate, n: number): Figure {
  if (n === 0) return nothingCounted;
  if (!Number.isFinite(value)) return { notEstimable: `all ${n} answers are the same` };
  return { value, low, high, n, insufficient: n < fewestCases };
}

/** Two readers, and how far they agree beyond chance on the exams that both have read. */
export interface PairAgreement {
  readers: [string, string];
  kappa: Figure;
}

/** Cohen's kappa of every two readers, by name. The last answer of a reader on an exam counts. */
export function compareReaders(readings: readonly Reading[]): PairAgreement[] {
  const exams = [...group(readings).values()];
  const names = [...new Set(readings.map(({ reader }) => reader))].sort();
  return names.flatMap((one, at) =>
    names.slice(at + 1).map((other): PairAgreement => {
      const shared = exams.filter((said) => said.has(one) && said.has(other));
      const cell = (a: Label, b: Label) =>
        shared.filter((said) => said.get(one) === a && said.get(other) === b).length;
      const table = [
        [cell(0, 0), cell(0, 1)],
        [cell(1, 0), cell(1, 1)],
      ];
      return { readers: [one, other], kappa: kappaFigure(cohenKappa(table), shared.length) };
    }),
  );
}

/** Fleiss' kappa of all readers, on the exams that each of them has read, with the bootstrap interval of exams. */
export function agreementOfAll(readings: readonly Reading[], options: BootstrapOptions): Figure {
  const readers = new Set(readings.map(({ reader }) => reader)).size;
  const complete = [...group(readings)].filter(([, said]) => said.size === readers);
  if (readers < 2 || complete.length === 0) return nothingCounted;
  const counts = complete.map(([, said]) => {
    const positive = [...said.values()].filter((label) => label === 1).length;
    return [readers - positive, positive];
  });
  const value = fleissKappa(counts);
  const [interval] = bootstrap(
    counts.map((): Label => 0),
    complete.map(([exam]) => exam),
    (drawn) => [fleissKappa(drawn.map((at) => counts[at] ?? []))],
    options,
  );
  return kappaFigure({ value, ...(interval ?? { low: -1, high: 1 }) }, counts.length);
}

/**
 * What most of at least `fewest` readers say of each exam; `open` where they are even or too few: then somebody has to
 * adjudicate.
 */
export function findMajority(
  readings: readonly Reading[],
  fewest: number,
): Map<string, Label | 'open'> {
  const decide = (said: Map<string, Label>): Label | 'open' => {
    const positive = [...said.values()].filter((label) => label === 1).length;
    if (said.size < fewest || 2 * positive === said.size) return 'open';
    return 2 * positive > said.size ? 1 : 0;
  };
  return new Map([...group(readings)].map(([exam, said]) => [exam, decide(said)]));
}
