import type { Bundle } from '../../models/bundle.ts';
import type { Conclusion } from '../../models/outcome.ts';
import type { ShadowExam } from '../../quality/shadow-exam.ts';
import { answerOf } from './exam-record.ts';

type Models = Record<'active' | 'candidate', Bundle>;

/** Of each finding that both look for, both thresholds. What only one looks for cannot be compared with anything. */
export function thresholdsOf({ active, candidate }: Models): Record<string, [number, number]> {
  const others = new Map(candidate.manifest.findings.map(({ id, threshold }) => [id, threshold]));
  return Object.fromEntries(
    active.manifest.findings.flatMap(({ id, threshold }) => {
      const other = others.get(id);
      return other === undefined ? [] : [[id, [threshold, other]]];
    }),
  );
}

/** What is kept of two conclusions on one exam. */
export function pairOf(
  exam: Pick<ShadowExam, 'exam' | 'at' | 'ms'>,
  said: Record<keyof Models, Conclusion>,
  findings: readonly string[],
): ShadowExam {
  return {
    ...exam,
    active: outcomeOf(said.active),
    candidate: outcomeOf(said.candidate),
    answers: findings.map((finding) => ({
      finding,
      active: answerOf(said.active, finding),
      candidate: answerOf(said.candidate, finding),
    })),
  };
}

function outcomeOf(conclusion: Conclusion): string {
  return conclusion.state === 'not-analysed' ? conclusion.reason : conclusion.state;
}
