import { failureReasons, type Reference } from '../../dicom/commitment.ts';
import { type HttpHead, judgeStatus } from '../http-verdict.ts';
import { readMatches } from './dicom-json.ts';

/** The answer to a Search transaction, read whole. */
export interface SearchAnswer extends HttpHead {
  body: Uint8Array;
}

/** What a search proves of an instance. */
export type Proof =
  | { of: 'found' }
  /** `reason`: a Failure Reason (PS3.3 C.14.1.1). */
  | { of: 'missing'; reason: number }
  /** The archive does not say. */
  | { of: 'nothing'; detail: string };

/** What the answer to a search for one instance of a study proves (PS3.18 10.6.3). `now`: milliseconds since 1970. */
export function judgeSearchAnswer(answer: SearchAnswer, sought: Reference, now: number): Proof {
  const missing = { of: 'missing' as const, reason: failureReasons.noSuchObjectInstance };
  // No content is no match, and an archive may say of the study that it has none.
  if (answer.status === 204 || answer.status === 404) return missing;
  const verdict = judgeStatus(answer, now);
  if (verdict.verdict === 'refused') return { of: 'nothing', detail: verdict.detail };
  const matches = readMatches(answer.body);
  if (!matches) return { of: 'nothing', detail: 'the answer is no list of matches' };
  const match = matches.find(({ sopInstanceUid }) => sopInstanceUid === sought.sopInstanceUid);
  if (!match) return missing;
  const isSame = match.sopClassUid === undefined || match.sopClassUid === sought.sopClassUid;
  return isSame ? { of: 'found' } : { ...missing, reason: failureReasons.classInstanceConflict };
}
