import type { Label } from '../models/evaluation/sample.ts';

/**
 * What the model itself would have its figures be, if its probabilities were right: no truth goes into it, so it cannot
 * see that the model has become worse at telling. Shown as an estimate, and of another type than every figure that a
 * rule reads.
 */
export interface SelfEstimate {
  basis: 'own-probabilities';
  exams: number;
  sensitivity: number | undefined;
  specificity: number | undefined;
}

/** Confidence-based estimate from calibrated probabilities, each the chance that the exam has the finding. */
export function estimateFromConfidence(
  answers: readonly { score: number; flagged: boolean }[],
): SelfEstimate {
  const expected = (label: Label, flagged?: boolean) =>
    answers
      .filter((answer) => flagged === undefined || answer.flagged === flagged)
      .reduce((sum, { score }) => sum + (label === 1 ? score : 1 - score), 0);
  const share = (label: Label, flagged: boolean) =>
    expected(label) > 0 ? expected(label, flagged) / expected(label) : undefined;
  return {
    basis: 'own-probabilities',
    exams: answers.length,
    sensitivity: share(1, true),
    specificity: share(0, false),
  };
}
