import type { Answer } from './judged-exam.ts';

/** What both models said of one exam about one finding that both look for. */
export interface ShadowAnswer {
  finding: string;
  active: Answer;
  candidate: Answer;
}

/** One exam that the model that answers and a candidate have both looked at. Only the former's word went to anybody. */
export interface ShadowExam {
  /** Names the exam on this device; never leaves it. */
  exam: string;
  /** When the candidate had looked at it, milliseconds since 1970. */
  at: number;
  /** Of the exam as a whole: `flagged`, `no-flag`, or why there was no answer. */
  active: string;
  candidate: string;
  /** Milliseconds that the candidate took for all its images, without loading. */
  ms: number;
  answers: readonly ShadowAnswer[];
}

/** What a candidate has to show before it may answer. */
export interface ShadowGate {
  /** Exams that both have looked at. */
  minStudies: number;
  /** Hours since the comparison began. */
  minHours: number;
  /** Largest share of exams on which the two may disagree, above 0 and at most 1. */
  maxDisagreement: number;
  /** Milliseconds within which the candidate does 95 of 100 exams; no limit where absent. */
  maxP95Ms?: number | undefined;
}

/** What is asked of a candidate; what is left open is as usual. */
export type AskedGate = { [Name in keyof ShadowGate]?: ShadowGate[Name] | undefined };

/** Counts alone: nobody has said how much two releases may differ, and for how long they have to be looked at. */
export const defaultGate: ShadowGate = { minStudies: 100, minHours: 0, maxDisagreement: 0.1 };
