import type { Label } from '../models/evaluation/sample.ts';
import type { ExamRecord } from './store/exam-store.ts';
import type { Selection, Truth, TruthSource } from './judged-exam.ts';

/** One reader's word on one exam and finding, with where it comes from. */
export interface StoredTruth {
  exam: string;
  finding: string;
  label: Label;
  source: TruthSource;
  /** Short name of whoever says it, or of the system that brought it; never a person's name. */
  reader: string;
  selection: Selection;
  probability: number;
  knownAt: number;
  /** SHA-256 of the file that brought it. */
  batch: string;
}

/** Which word counts where several speak: who has seen what the others said comes first. */
const rank: readonly TruthSource[] = ['adjudication', 'blinded-reading', 'radiologist-report'];

/**
 * The truth of an exam out of what readers said: the strongest source, and of that what most say. Undefined where they
 * are even: then somebody has to adjudicate.
 */
export function settleTruth(said: readonly StoredTruth[]): Truth | undefined {
  const source = rank.find((each) => said.some((one) => one.source === each));
  const own = said.filter((one) => one.source === source);
  const positive = own.filter(({ label }) => label === 1).length;
  const [first] = own;
  if (!first || !source || 2 * positive === own.length) return undefined;
  const label: Label = 2 * positive > own.length ? 1 : 0;
  const { selection, probability } = first;
  const knownAt = Math.max(...own.map((one) => one.knownAt));
  return { label, source, selection, probability, knownAt };
}

/** Exams beside what is known of them. Those of which nothing is known stay: they are half of every figure. */
export function joinTruth(
  exams: readonly ExamRecord[],
  said: ReadonlyMap<string, readonly StoredTruth[]>,
): ExamRecord[] {
  return exams.map((exam) => ({ ...exam, truth: settleTruth(said.get(exam.exam) ?? []) }));
}
