import type { FastifyRequest } from 'fastify';
import { ScansideError } from '../../../device/errors.ts';
import { isReading } from '../../../device/web/origin.ts';

/** HTTP status of what the console refuses with, and how a person is told. */
const answers: Record<string, { status: number; text?: string } | undefined> = {
  SIGN_IN_NEEDED: { status: 401, text: 'Sign in first.' },
  PERMISSION_DENIED: { status: 403, text: 'Only an operator may do this.' },
  ORIGIN_REFUSED: { status: 403, text: 'Open the console by its own address, then try again.' },
  FORM_EXPIRED: {
    status: 403,
    text: 'This page is of another session. Look again, then try again.',
  },
  FORM_INVALID: { status: 400, text: 'The form was not understood.' },
  TOO_MANY_REQUESTS: { status: 429, text: 'Too many requests: wait a minute.' },
  ROLLOUT_UNKNOWN: { status: 404, text: 'There is no rollout of this name.' },
  ROLLOUT_REFUSED: { status: 409 },
};

interface Answer {
  status: number;
  text: string;
  /** Where there is a better page to go to. */
  to?: string;
}

/** What a person is told of an error. Of what went wrong inside nothing leaves but to the log. */
export function answerError(
  error: unknown,
  { method, url }: FastifyRequest,
  log: (level: 'warn', event: string, fields: Record<string, unknown>) => void,
): Answer {
  const known = error instanceof ScansideError ? answers[error.code] : undefined;
  if (known && error instanceof ScansideError) {
    const to =
      error.code === 'SIGN_IN_NEEDED' && isReading(method)
        ? `/sign-in?to=${encodeURIComponent(url)}`
        : undefined;
    return { status: known.status, text: known.text ?? `${error.message}.`, ...(to && { to }) };
  }
  const { statusCode: status = 500 } = error as { statusCode?: number };
  if (status < 500) return { status, text: 'The request was not understood.' };
  log('warn', 'the console failed', { error: String(error) });
  return { status: 503, text: 'The fleet’s database does not answer. Try again in a minute.' };
}
