import type { IncomingHttpHeaders } from 'node:http';
import { parseHttpDate } from '../../device/http-date.ts';

/** The head of an HTTP answer. */
export interface HttpHead {
  status: number;
  headers: IncomingHttpHeaders;
}

/** What an answer means for the object that was sent; one of `Attempt`. */
export type HttpVerdict =
  | { verdict: 'accepted' }
  | { verdict: 'refused'; detail: string; retryAfterMs?: number | undefined };

/** A peer may ask for patience, not for silence: no result waits longer than this on its word. */
const longestPauseMs = 3_600_000;

/** Of a peer's own words, characters that are kept. */
const longestReason = 200;

/** What the person who reads the detail has to do, where the status alone tells. */
const remedies: Record<number, string> = {
  401: 'the peer does not know us: check the token, or the certificate',
  403: 'the peer does not permit it: its administrator has to grant this device the right',
  404: 'the peer has no such place: check the address',
  413: 'the peer takes nothing so large',
};

/** Statuses by which a peer says that it is the moment that is wrong (RFC 9110 15.5.9, RFC 8470 5.2, RFC 6585 4). */
const passing = new Set([408, 425, 429]);

/**
 * What a status means (RFC 9110 15): only 2xx is accepted, and everything else is tried again, the sooner or later by
 * Retry-After where it is the moment that is wrong. `reason`: the peer's own words, without anything of a patient.
 * `now`: milliseconds since 1970.
 */
export function judgeStatus(head: HttpHead, now: number, reason = ''): HttpVerdict {
  const { status } = head;
  if (status >= 200 && status <= 299) return { verdict: 'accepted' };
  const words = [remedyOf(status), plainText(reason)].filter((each) => each !== '');
  const detail = [`status ${status}`, ...words].join(': ');
  const isPassing = passing.has(status) || status >= 500;
  return { verdict: 'refused', detail, ...(isPassing && retryAfter(head, now)) };
}

function remedyOf(status: number): string {
  if (status >= 300 && status <= 399)
    return 'the peer has moved: no redirect is followed, set its new address';
  return remedies[status] ?? '';
}

/** On one line, bounded, without what a log or a panel could take for more than a text. */
export function plainText(text: string): string {
  const line = text.replaceAll(/[\p{C}\s]+/gu, ' ').trim();
  return line.length <= longestReason ? line : `${line.slice(0, longestReason - 1)}…`;
}

function retryAfter(head: HttpHead, now: number): { retryAfterMs?: number } {
  const asked = askedPause(head, now);
  if (asked === undefined) return {};
  return { retryAfterMs: Math.min(Math.max(0, asked), longestPauseMs) };
}

/** Retry-After (RFC 9110 10.2.3). A date counts from the peer's own Date where it says one: our clock may be wrong. */
function askedPause({ headers }: HttpHead, now: number): number | undefined {
  const text = headers['retry-after']?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const at = parseHttpDate(text);
  return at === undefined ? undefined : at - (parseHttpDate(headers.date ?? '') ?? now);
}
