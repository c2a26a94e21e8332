import type { DisagreeReason } from '../../act.ts';
import type { ExamOutcome } from '../../source.ts';

/** What can be said against an outcome of each kind. */
export const reasonsAgainst: Record<ExamOutcome['state'], readonly DisagreeReason[]> = {
  flagged: ['not-seen', 'wrong-place', 'artifact', 'known-finding', 'outside-intended-use'],
  'no-flag': ['missed-finding', 'artifact', 'outside-intended-use'],
  'not-analysed': [],
  pending: [],
};

export function mayBeDisputed(outcome: ExamOutcome): boolean {
  return reasonsAgainst[outcome.state].length > 0;
}
