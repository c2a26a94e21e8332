import type { JudgedExam, Truth, VerifiedExam } from '../quality/judged-exam.ts';

/** Beginning of the time in which made-up exams come: 2026-01-01 UTC. */
export const start = Date.UTC(2026, 0, 1);

export const hour = 3_600_000;
export const day = 24 * hour;

/** An exam with an answer whose truth nobody has looked for. */
export function makeExam(change: Partial<JudgedExam> = {}): JudgedExam {
  return {
    exam: 'e1',
    patient: change.exam ?? 'e1',
    at: start,
    model: 'chest',
    version: '1.0.0',
    scanner: 'XR-1',
    site: 'north',
    age: '045Y',
    sex: 'F',
    answer: { score: 0.8, flagged: true },
    ...change,
  };
}

/** An exam with the finding, found or missed, of a site that reports on all its exams. */
export function makePositive(
  found: boolean,
  change: Partial<JudgedExam> = {},
  truth: Partial<Truth> = {},
): VerifiedExam {
  const exam = makeExam(change);
  return {
    ...exam,
    answer: { score: found ? 0.8 : 0.2, flagged: found },
    truth: {
      label: 1,
      source: 'radiologist-report',
      selection: 'every',
      probability: 1,
      knownAt: exam.at + day,
      ...truth,
    },
  };
}
