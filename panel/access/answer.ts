import type { FastifyReply, FastifyRequest } from 'fastify';
import { ScansideError, type ErrorCode } from '../../device/errors.ts';
import type { PageData } from '../view/state.ts';
import { AccountError } from './account.ts';
import { isReading } from '../../device/web/origin.ts';

/** HTTP status of every code that access refuses with. */
const statuses: Partial<Record<ErrorCode, number>> = {
  SETUP_NEEDED: 401,
  SETUP_REFUSED: 403,
  SIGN_IN_NEEDED: 401,
  SIGN_IN_FAILED: 401,
  ACCOUNT_LOCKED: 429,
  TOO_MANY_REQUESTS: 429,
  PERMISSION_DENIED: 403,
  ORIGIN_REFUSED: 403,
  FORM_EXPIRED: 403,
  FORM_INVALID: 400,
  ACCOUNT_INVALID: 400,
  ACCOUNT_UNKNOWN: 404,
  ACCOUNTS_UNUSABLE: 503,
  PROVIDER_FAILED: 502,
  PROVIDER_REFUSED: 403,
};

/** Whether an error is one of access, which this file answers. */
export function isRefusal(error: unknown): error is ScansideError {
  return error instanceof ScansideError && error.code in statuses;
}

/** Forms that are filled in again where what was typed is wrong, and the page on which they stand. */
const forms: readonly [RegExp, string][] = [
  [/^\/sign-in$/, '/sign-in'],
  [/^\/setup$/, '/setup'],
  [/^\/account\//, '/account'],
  [/^\/users/, '/users'],
];

/** Answers an error of access: a script with JSON, a person with the page on which it can be put right. */
export function answerRefusal(
  request: FastifyRequest,
  reply: FastifyReply,
  error: ScansideError,
  sendPage: (page: PageData) => FastifyReply,
): FastifyReply {
  const { code, message, remedy } = error;
  const fault = error instanceof AccountError ? error.fault : undefined;
  const to = wantsPage(request) ? detour(request, code, fault ?? code) : undefined;
  if (to !== undefined) return reply.redirect(to, 303);
  reply.code(statuses[code] ?? 400);
  if (statuses[code] === 429) reply.header('retry-after', '60');
  if (wantsPage(request)) return sendPage({ name: 'refused', code: fault ?? code });
  return reply.send({ code, error: message, remedy, ...(fault && { fault }) });
}

/** Where a person is led; undefined where there is no better page than one that says what is wrong. */
function detour(request: FastifyRequest, code: ErrorCode, say: string): string | undefined {
  const { method, url, routeOptions } = request;
  const path = routeOptions.url ?? '';
  if (code === 'SETUP_NEEDED') return '/setup';
  if (code === 'SIGN_IN_NEEDED')
    return isReading(method) ? `/sign-in?to=${encodeURIComponent(url)}` : '/sign-in';
  if (isReading(method) || code === 'ACCOUNTS_UNUSABLE') return undefined;
  const page = forms.find(([form]) => form.test(path))?.[1];
  // Somebody who has failed to take over is still where the other was.
  const back = page === '/sign-in' && request.session ? '/account' : page;
  return back && `${back}?fault=${say}`;
}

/** Whether a person asks, by a link or a form, and no script. */
export function wantsPage({ headers: { accept } }: FastifyRequest): boolean {
  return accept?.includes('text/html') ?? false;
}
