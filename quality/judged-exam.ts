import type { Label } from '../models/evaluation/sample.ts';

/** What one model said of one exam about one finding: its probability and whether that was flagged, or no answer. */
export type Answer = { score: number; flagged: boolean } | { reason: string };

/**
 * Why the truth of an exam is known. `every`: the site reports on all its exams. `blind-sample`: drawn at random,
 * whatever the model said. `by-answer`: drawn at random from the exams with a flag, or from those without.
 */
export type Selection = 'every' | 'blind-sample' | 'by-answer';

/** Who says what an exam shows. A technologist's opinion is not among them. */
export type TruthSource = 'radiologist-report' | 'adjudication' | 'blinded-reading';

/** The reference standard of one exam for one finding. */
export interface Truth {
  label: Label;
  source: TruthSource;
  selection: Selection;
  /** How likely this exam was to be looked at, above 0 and at most 1: the weight of the exam is its inverse. */
  probability: number;
  /** When it became known to this device, milliseconds since 1970. */
  knownAt: number;
}

/** What figures are divided by. An empty text where it is not known. */
export interface Attributes {
  model: string;
  version: string;
  scanner: string;
  site: string;
  /** As DICOM writes it (PS3.5, AS), such as 045Y. */
  age: string;
  sex: string;
}

/** One exam, one model, one finding: what was said, and the truth where somebody has looked for it. */
export interface JudgedExam extends Attributes {
  /** Names the exam on this device; never leaves it. */
  exam: string;
  /** Keeps the exams of one patient together. */
  patient: string;
  /** When it came, milliseconds since 1970. */
  at: number;
  answer: Answer;
  truth?: Truth | undefined;
}

/** An exam whose truth is known and that the model gave an answer on. */
export type VerifiedExam = JudgedExam & {
  answer: { score: number; flagged: boolean };
  truth: Truth;
};

export function isVerified(exam: JudgedExam): exam is VerifiedExam {
  return 'score' in exam.answer && exam.truth !== undefined;
}
