import type { ShadowStanding } from '../../ota/agent/model-host.ts';
import type { ShadowReport } from './shadow-report.ts';

const nothing: ShadowStanding['counts'] = {
  verdict: 'continue',
  studies: 0,
  gained: 0,
  lost: 0,
  other: 0,
  onlyActive: 0,
  onlyCandidate: 0,
  p95Ms: 0,
};

/** A comparison as the fleet's side may know it: its counts. Of none, that nothing is known. */
export function standingOf(report: ShadowReport | undefined): ShadowStanding {
  if (!report) return { counts: nothing, because: 'nothing can be compared here' };
  const { comparison, judgement } = report;
  const { gained, lost, ...by } = comparison.by;
  return {
    counts: {
      verdict: judgement.verdict,
      studies: comparison.exams,
      gained,
      lost,
      other: by['other-finding'],
      onlyActive: by['only-active'],
      onlyCandidate: by['only-candidate'],
      p95Ms: Math.round(comparison.p95Ms),
    },
    because: judgement.reasons.join('; '),
  };
}
