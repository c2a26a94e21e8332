import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import type { X509Certificate } from 'node:crypto';
import { type Clock, sleep } from '../../device/clock.ts';
import { type ErrorCode, ScansideError } from '../../device/errors.ts';
import { enrolmentErrors } from '../../device/enrolment-errors.ts';
import { certificateThumbprint, longestCertsOnly, readCertsOnly } from './certs-only.ts';

/** How the device is known to the server: by a token (RFC 7030 3.2.3), or by its certificate (3.3.2). */
export type EstCredentials =
  { serial: string; token: string } | { certificate: string; key: string };

export interface EstOptions {
  /** Address up to and with `/.well-known/est`. */
  address: string;
  clock: Clock;
  /** Milliseconds for one question; 30 s if not given. */
  deadline?: number;
  /** Milliseconds for which a server that says "later" is asked again; 60 s if not given. */
  patience?: number;
}

type Tls = Pick<https.RequestOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized'>;

/** Seconds between two questions, whatever the server asks for. */
const shortestWait = 1;
const longestWait = 60;

/**
 * The authority with this thumbprint, as the server tells it (RFC 7030 4.1). The connection cannot be trusted before that
 * is known (4.1.1), so nothing but the question is sent on it, and of the answer nothing else is believed. Throws
 * EST_UNTRUSTED, EST_UNREACHABLE, EST_MALFORMED.
 */
export async function fetchAuthority(
  options: EstOptions,
  thumbprint: string,
): Promise<X509Certificate> {
  const { status, text } = await ask(options, 'cacerts', { rejectUnauthorized: false });
  if (status !== 200) throw new ScansideError('EST_UNREACHABLE', `status ${status} of cacerts`);
  const found = readCertsOnly(text).find((each) => certificateThumbprint(each) === thumbprint);
  if (found) return found;
  throw new ScansideError('EST_UNTRUSTED', `no authority ${thumbprint} at ${options.address}`);
}

/**
 * Asks for a certificate for a request (DER): by `simpleenroll` with a token, by `simplereenroll` with the certificate so
 * far (RFC 7030 4.2). While the server says "later" (202) it is asked again, as it wants. Throws ENROLMENT_PENDING, what
 * the server refuses by the name it gives, EST_REFUSED, EST_UNTRUSTED, EST_UNREACHABLE and EST_MALFORMED.
 */
export async function requestCertificate(
  options: EstOptions,
  authority: string,
  credentials: EstCredentials,
  request: Buffer,
): Promise<X509Certificate[]> {
  const { clock, patience = 60_000 } = options;
  const begun = clock.monotonic();
  for (;;) {
    const answer = await askForCertificate(options, authority, credentials, request);
    if (answer.status === 200) return readCertsOnly(answer.text);
    if (answer.status !== 202) throw refusal(answer);
    const wait = waitOf(answer.retryAfter) * 1000;
    if (clock.monotonic() - begun + wait > patience)
      throw new ScansideError('ENROLMENT_PENDING', `asked at ${options.address}`);
    await sleep(clock, wait);
  }
}

function askForCertificate(
  options: EstOptions,
  ca: string,
  credentials: EstCredentials,
  request: Buffer,
): Promise<Answer> {
  const body = request.toString('base64');
  if ('certificate' in credentials) {
    const { certificate: cert, key } = credentials;
    return ask(options, 'simplereenroll', { ca, cert, key }, { body });
  }
  const { serial, token } = credentials;
  const basic = Buffer.from(`${serial}:${token.trim()}`).toString('base64');
  return ask(options, 'simpleenroll', { ca }, { body, authorization: `Basic ${basic}` });
}

/** Seconds until the next question; a date instead of a number counts as none. */
function waitOf(retryAfter: string | undefined): number {
  const seconds = /^\d+$/.test(retryAfter ?? '') ? Number(retryAfter) : shortestWait;
  return Math.min(Math.max(seconds, shortestWait), longestWait);
}

interface Answer {
  status: number | undefined;
  text: string;
  retryAfter: string | undefined;
}

function refusal({ status, text }: Answer): ScansideError {
  const [name = ''] = text.split(/[\s:]/, 1);
  const said = text.slice(0, 200).replaceAll(/[^\x20-\x7e]+/g, ' ');
  if (name in enrolmentErrors) return new ScansideError(name as ErrorCode, 'the fleet says so');
  return new ScansideError('EST_REFUSED', `status ${status}: ${said}`);
}

interface Question {
  body: string;
  authorization?: string;
}

async function ask(
  { address, clock, deadline = 30_000 }: EstOptions,
  operation: string,
  tls: Tls,
  question?: Question,
): Promise<Answer> {
  const url = `${address.replace(/\/+$/, '')}/${operation}`;
  const method = question ? 'POST' : 'GET';
  const headers = question ? headersOf(question) : {};
  const request = https.request(url, { ...tls, method, headers, agent: false });
  const stop = clock.after(deadline, () =>
    request.destroy(new ScansideError('EST_UNREACHABLE', `${url} is too slow`)),
  );
  try {
    request.end(question?.body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const { statusCode: status, headers: said } = response;
    return { status, text: await read(response, url), retryAfter: said['retry-after'] };
  } catch (cause) {
    throw faultOf(cause, url);
  } finally {
    stop();
    request.destroy();
  }
}

function headersOf({ body, authorization }: Question): Record<string, string | number> {
  return {
    'content-type': 'application/pkcs10',
    'content-transfer-encoding': 'base64',
    'content-length': Buffer.byteLength(body),
    ...(authorization !== undefined && { authorization }),
  };
}

async function read(response: IncomingMessage, url: string): Promise<string> {
  let text = '';
  response.setEncoding('latin1');
  for await (const chunk of response) {
    text += chunk as string;
    if (text.length > longestCertsOnly)
      throw new ScansideError('EST_MALFORMED', `${url} answers with too much`);
  }
  return text;
}

/** Codes of OpenSSL and Node that say that a certificate is not to be trusted. */
const distrust = /CERT|SELF_SIGNED|UNABLE_TO_|ALTNAME|SIGNATURE/;

function faultOf(cause: unknown, url: string): ScansideError {
  if (cause instanceof ScansideError) return cause;
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  const name = distrust.test(code) ? 'EST_UNTRUSTED' : 'EST_UNREACHABLE';
  return new ScansideError(name, `${url}: ${code || 'no answer'}`, { cause });
}
