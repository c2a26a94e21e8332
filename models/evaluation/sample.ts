import { ScansideError } from '../../device/errors.ts';

/** What the reference standard says of a case: 1 has the finding, 0 has not. */
export type Label = 0 | 1;

/** Refuses input of which no figure can be made. `SCORES_INVALID`. */
export function refuseScores(detail: string): ScansideError {
  return new ScansideError('SCORES_INVALID', detail);
}

/**
 * Throws SCORES_INVALID unless there is one finite score a label. A NaN differs from itself: it would be in no tie
 * and before nothing, and every rank after it would be wrong.
 */
export function requireFinite(labels: readonly Label[], scores: readonly number[]): void {
  if (labels.length !== scores.length)
    throw refuseScores(`${labels.length} labels, but ${scores.length} scores`);
  const wrong = scores.findIndex((score) => !Number.isFinite(score));
  if (wrong >= 0) throw refuseScores(`score ${wrong + 1} is ${scores[wrong]}, not a number`);
}

/** The same, and at least one case of each class. */
export function requireBothClasses(labels: readonly Label[], scores: readonly number[]): void {
  requireFinite(labels, scores);
  if (!labels.includes(1)) throw refuseScores('no case has the finding');
  if (!labels.includes(0)) throw refuseScores('every case has the finding');
}

/** Throws SCORES_INVALID unless every score is a probability. */
export function requireProbabilities(labels: readonly Label[], scores: readonly number[]): void {
  requireFinite(labels, scores);
  const wrong = scores.findIndex((score) => score < 0 || score > 1);
  if (wrong >= 0) throw refuseScores(`score ${wrong + 1} is ${scores[wrong]}, outside 0 to 1`);
}

/** Indices of the cases, highest score first; equal scores keep their order. */
export function descending(scores: readonly number[]): number[] {
  return scores.map((_, at) => at).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
