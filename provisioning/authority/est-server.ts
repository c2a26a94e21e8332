import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { X509Certificate } from 'node:crypto';
import { type ErrorCode, ScansideError } from '../../device/errors.ts';
import { writeCertsOnly } from '../enrolment/certs-only.ts';
import type { Decision, EnrolmentDesk } from './enrolment-desk.ts';

/** Where EST lies on a server (RFC 7030 3.2.2). */
export const estPath = '/.well-known/est';

export interface EstServerOptions {
  desk: EnrolmentDesk;
  host: string;
  port: number;
  tls: { cert: string; key: string };
  log(event: string, fields: Record<string, string>): void;
}

export interface EstServer {
  port: number;
  close(): Promise<void>;
}

/** Characters of base64 that a request may have. */
const longestBody = 12_000;
/** Milliseconds for a question as a whole. */
const deadlineMs = 30_000;

/**
 * Serves EST (RFC 7030): cacerts, simpleenroll with a token as the password of HTTP Basic, simplereenroll with the
 * device’s certificate. Rejects with PORT_IN_USE.
 */
export async function serveEst(options: EstServerOptions): Promise<EstServer> {
  const { desk, host, port, tls } = options;
  const authority = desk.authority.toString();
  // Who shows a certificate is judged by operation: a device without one may still enrol.
  const trust = { ca: authority, requestCert: true, rejectUnauthorized: false };
  const limits = { requestTimeout: deadlineMs, headersTimeout: deadlineMs, maxHeaderSize: 16_384 };
  const server = https.createServer({ ...tls, ...trust, ...limits }, (request, response) => {
    void answer(options, request, response);
  });
  server.maxConnections = 64;
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new ScansideError('PORT_IN_USE', `${host}:${port}`, { cause });
  }
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

function close(server: https.Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function answer(
  { desk, log }: EstServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    send(response, desk, await decide(desk, request));
  } catch (error) {
    const code = error instanceof ScansideError ? error.code : 'INTERNAL';
    log('enrolment refused', { code, detail: error instanceof Error ? error.message : '' });
    const status = statusOf(code);
    const ask = status === 401 && { 'www-authenticate': 'Basic realm="enrolment"' };
    response.writeHead(status, { 'content-type': 'text/plain', ...ask }).end(`${code}\n`);
  }
}

type Answer = Decision | 'authority' | 'unknown';

async function decide(desk: EnrolmentDesk, request: IncomingMessage): Promise<Answer> {
  const operation = `${request.method} ${request.url}`;
  if (operation === `GET ${estPath}/cacerts`) return 'authority';
  if (operation === `POST ${estPath}/simpleenroll`)
    return desk.enrol(tokenOf(request), await readBody(request));
  if (operation === `POST ${estPath}/simplereenroll`)
    return desk.renew(shownBy(request), await readBody(request));
  return 'unknown';
}

function send(response: ServerResponse, desk: EnrolmentDesk, answer: Answer): void {
  if (answer === 'unknown') response.writeHead(404).end();
  else if (answer === 'authority') sendCertificates(response, desk.authority.toString());
  else if ('certificate' in answer) sendCertificates(response, answer.certificate);
  else response.writeHead(202, { 'retry-after': String(answer.retrySeconds) }).end();
}

function sendCertificates(response: ServerResponse, certificate: string): void {
  const type = 'application/pkcs7-mime; smime-type=certs-only';
  response
    .writeHead(200, { 'content-type': type, 'content-transfer-encoding': 'base64' })
    .end(writeCertsOnly([certificate]));
}

/** The password of HTTP Basic. The name before it says nothing that the request does not prove. */
function tokenOf({ headers: { authorization = '' } }: IncomingMessage): string {
  const [, basic = ''] = /^Basic ([A-Za-z0-9+/=]+)$/.exec(authorization) ?? [];
  const [, token] = /^[^:]*:(.+)$/.exec(Buffer.from(basic, 'base64').toString()) ?? [];
  if (token !== undefined) return token;
  throw new ScansideError('ENROLMENT_TOKEN_MALFORMED', 'there is none');
}

/** The certificate that a device has shown and proved. */
function shownBy({ socket }: IncomingMessage): X509Certificate {
  const { authorized } = socket as TLSSocket;
  const shown = (socket as TLSSocket).getPeerX509Certificate();
  if (authorized && shown) return shown;
  throw new ScansideError('ENROLMENT_CERTIFICATE_REFUSED', 'no valid certificate was shown');
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  let text = '';
  request.setEncoding('latin1');
  for await (const chunk of request) {
    text += chunk as string;
    if (text.length > longestBody)
      throw new ScansideError('ENROLMENT_REQUEST_UNUSABLE', 'it is too long');
  }
  return Buffer.from(text, 'base64');
}

function statusOf(code: ErrorCode): number {
  if (code === 'INTERNAL' || code === 'FLEET_DATABASE_FAILED') return 500;
  if (code === 'ENROLMENT_REQUEST_UNUSABLE' || code === 'ENROLMENT_NAME_UNUSABLE') return 400;
  return code.startsWith('ENROLMENT_TOKEN_') || code === 'ENROLMENT_CERTIFICATE_REFUSED'
    ? 401
    : 403;
}
