import type { Reference } from '../../dicom/commitment.ts';
import { status } from '../../dicom/status.ts';
import { judgeStoreStatus } from '../delivery-table.ts';
import type { Attempt } from '../destination.ts';
import { type HttpHead, judgeStatus, plainText } from '../http-verdict.ts';
import { readStoreResponse, type StoreResponse } from './dicom-json.ts';

/** The answer to a Store transaction, read whole. */
export interface StoreAnswer extends HttpHead {
  body: Uint8Array;
}

/** What an answer tells of the one instance that was sent. */
type Told =
  | { of: 'stored' }
  | { of: 'failed'; reason: number | undefined }
  /** Only its status speaks. */
  | { of: 'nothing'; why: string }
  /** It comes from something else than a server that stores. */
  | { of: 'other'; why: string };

/** What became of the one instance that was sent, and whether its SOP class is refused, whatever the instance. */
export type StoreVerdict = Attempt & { classRefused?: boolean };

/** Statuses whose payload tells of each instance (PS3.18 table 10.5.3-1); some servers have it under 400. */
const telling = new Set([200, 202, 400, 409]);

/**
 * What became of the one instance that was sent (PS3.18 10.5.3). What the payload says of it counts before the status,
 * a warning is stored. `proved`: a search will ask later whether it is there, so that an answer that leaves it open may
 * be believed. `now`: milliseconds since 1970.
 */
export function judgeStoreAnswer(
  answer: StoreAnswer,
  sent: Reference,
  { proved, now }: { proved: boolean; now: number },
): StoreVerdict {
  if (!telling.has(answer.status)) return judgeStatus(answer, now);
  const told = readTold(answer, sent);
  if (told.of === 'stored') return { verdict: 'accepted' };
  if (told.of === 'failed') return judgeFailure(answer.status, told.reason);
  if (answer.status >= 300) return judgeStatus(answer, now, told.of === 'nothing' ? told.why : '');
  const isBelieved = told.of === 'nothing' && (answer.status === 200 || proved);
  if (isBelieved) return { verdict: 'accepted' };
  return { verdict: 'refused', detail: `status ${answer.status}: ${told.why}` };
}

function readTold({ headers, body }: StoreAnswer, sent: Reference): Told {
  if (body.length === 0) return { of: 'nothing', why: 'nothing is said of the instance' };
  const type = (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
  if (/^(application|text)\/(dicom\+)?xml$/.test(type))
    return { of: 'nothing', why: `the reasons are not read: ${plainText(type)} was not asked for` };
  const response = readStoreResponse(body);
  if (response) return findIn(response, sent);
  return { of: 'other', why: 'the answer is none to a Store transaction: check the address' };
}

/** One instance was sent: a failure that names none is its own. */
function findIn(response: StoreResponse, { sopInstanceUid }: Reference): Told {
  const { failed, stored, otherFailures } = response;
  const isOurs = (each: { sopInstanceUid: string | undefined }) =>
    each.sopInstanceUid === sopInstanceUid;
  const failure = failed.find((each) => isOurs(each) || !each.sopInstanceUid) ?? otherFailures[0];
  if (failure) return { of: 'failed', reason: failure.failureReason };
  if (stored.some(isOurs)) return { of: 'stored' };
  return { of: 'other', why: 'the answer does not name the instance' };
}

/** Failure Reason (0008,1197) has the classes of a C-STORE status (PS3.18 table 10.5.3-2). */
function judgeFailure(answered: number, reason: number | undefined): StoreVerdict {
  if (reason === undefined)
    return { verdict: 'refused', detail: `status ${answered}: failed, without a reason` };
  const detail = `status ${answered}: failure reason 0x${reason.toString(16).padStart(4, '0')}`;
  if (judgeStoreStatus(reason) !== 'form-refused') return { verdict: 'refused', detail };
  return { verdict: 'form-refused', detail, classRefused: reason === status.sopClassNotSupported };
}
