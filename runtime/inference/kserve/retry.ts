/** How a request ended that brought no answer to work with. */
export type Failure =
  | { end: 'unreachable' }
  /** `retryAfter` is the header of that name. */
  | { end: 'status'; status: number; retryAfter: string | undefined };

export interface RetryLimits {
  /** Requests in all. */
  attempts: number;
  longestPauseMs: number;
}

const firstPauseMs = 100;

/** Statuses by which a server says that it is the moment that is wrong, and not the request. RFC 6585, 4; RFC 9110, 15.6.4. */
const passing = new Set([429, 503]);

/** Seconds of a Retry-After, RFC 9110, 10.2.3. A date says nothing to a device whose clock may be wrong. */
function askedPause({ retryAfter }: { retryAfter: string | undefined }): number | undefined {
  return retryAfter !== undefined && /^\d{1,9}$/.test(retryAfter)
    ? Number(retryAfter) * 1000
    : undefined;
}

/**
 * Milliseconds to wait before the next attempt, or undefined to give up: after the last, after a status that will not
 * pass, and where the server asks for more patience than there is. `chance`, 0 to 1, spreads the devices of a hospital
 * that all lost the same server at once.
 */
export function pauseBeforeRetry(
  failure: Failure,
  attempt: number,
  { attempts, longestPauseMs }: RetryLimits,
  chance: number,
): number | undefined {
  if (attempt >= attempts) return undefined;
  if (failure.end === 'status' && !passing.has(failure.status)) return undefined;
  const asked = failure.end === 'status' ? askedPause(failure) : undefined;
  if (asked !== undefined) return asked > longestPauseMs ? undefined : asked;
  const pause = Math.min(firstPauseMs * 2 ** (attempt - 1), longestPauseMs);
  return pause * (0.5 + chance / 2);
}
