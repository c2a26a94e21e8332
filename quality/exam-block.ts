import { addCounts, binOf, type Counts, emptyCounts } from './histogram.ts';
import type { Observation, Signal } from './signal.ts';

/** What is counted of some exams. Whole numbers only: adding blocks is exact, in any order. */
export interface ExamBlock {
  exams: number;
  flagged: number;
  /** By the name of the signal. */
  signals: Record<string, Counts>;
}

export type Signals = Readonly<Record<string, Signal>>;

/** One exam as it is counted. */
export interface CountedExam {
  flagged: boolean;
  observation: Observation;
}

export function emptyBlock(signals: Signals): ExamBlock {
  const counts = Object.entries(signals).map(([name, { bins }]) => [name, emptyCounts(bins)]);
  return { exams: 0, flagged: 0, signals: Object.fromEntries(counts) };
}

/** The block with one exam more; the one given is left as it was. */
export function addExam(signals: Signals, block: ExamBlock, exam: CountedExam): ExamBlock {
  const counts = Object.entries(signals).map(([name, { bins }]) => {
    const at = binOf(bins, exam.observation[name]);
    const before = block.signals[name] ?? emptyCounts(bins);
    return [name, before.with(at, (before[at] ?? 0) + 1)];
  });
  return {
    exams: block.exams + 1,
    flagged: block.flagged + Number(exam.flagged),
    signals: Object.fromEntries(counts),
  };
}

/** Adds two blocks of the same signals. Throws a RangeError where their bins differ. */
export function addBlocks(one: ExamBlock, other: ExamBlock): ExamBlock {
  const counts = Object.entries(one.signals).map(([name, own]) => [
    name,
    addCounts(own, other.signals[name] ?? []),
  ]);
  return {
    exams: one.exams + other.exams,
    flagged: one.flagged + other.flagged,
    signals: Object.fromEntries(counts),
  };
}

export function countExams(signals: Signals, exams: readonly CountedExam[]): ExamBlock {
  return exams.reduce((block, exam) => addExam(signals, block, exam), emptyBlock(signals));
}
