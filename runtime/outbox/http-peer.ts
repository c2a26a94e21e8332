import http, {
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { brokenCodes, unreachableCodes } from '../../device/network-error.ts';
import type { Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import { describeTlsFailure, secureProfile } from '../dicom/tls-profile.ts';
import { plainText } from './http-verdict.ts';

/** How to reach a peer by HTTPS; certificates and keys are PEM. */
export interface HttpTls {
  /** Whoever signs the peer's certificate; without it the authorities that Node brings. */
  authority?: string | undefined;
  /** Our own, for a peer that asks for one. */
  certificate?: string | undefined;
  key?: string | undefined;
  /** The name that the peer's certificate must bear; without it the host of the address. */
  serverName?: string | undefined;
}

export interface HttpPeerOptions {
  /** Where its resources begin, such as `https://pacs.hospital.example/dicom-web`. */
  url: string;
  tls?: HttpTls | undefined;
  /** Sent as `Authorization: Bearer`; asked for at every request, so that a renewed one counts. */
  token?: (() => string) | undefined;
  /** From connecting to the last byte of the answer. */
  timeoutMs: number;
  /** Bytes of the largest answer that is read. */
  largestAnswer: number;
  clock: Clock;
}

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT';
  /** Appended to the address of the peer; empty, or with a slash before it. */
  path: string;
  headers: Readonly<Record<string, string>>;
  body?: Uint8Array | undefined;
}

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** A peer that a courier sends to, over connections that stay open between requests. */
export interface HttpPeer {
  /**
   * One request and its answer, whatever its status; no redirect is followed, which would hand on token and patient.
   * Throws PEER_UNREACHABLE, TLS_FAILED and PEER_TIMEOUT; ASSOCIATION_ABORTED where the connection ended before the
   * answer did, or the answer is too large or no HTTP.
   */
  exchange(request: HttpRequest): Promise<HttpAnswer>;
  /** Ends every connection; a request under way throws ASSOCIATION_ABORTED. */
  close(): void;
}

/** An outbox sends one object after the other. */
const mostConnections = 2;

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/** A peer by its settings; nothing is sent yet. Throws CONFIG_INVALID for an address that cannot be used. */
export function createHttpPeer(options: HttpPeerOptions): HttpPeer {
  const address = readAddress(options);
  const agent = createAgent(address, options.tls ?? {});
  return {
    exchange: (request) => exchange(address, agent, options, request),
    close: () => agent.destroy(),
  };
}

function readAddress({ url, token }: HttpPeerOptions): URL {
  const refuse = (expected: string) =>
    new ScansideError('CONFIG_INVALID', `the address ${url}; expected: ${expected}`);
  const address = URL.parse(url);
  if (!address || !['http:', 'https:'].includes(address.protocol))
    throw refuse('one with http or https');
  if (address.username || address.password || address.search || address.hash)
    throw refuse('one without user, question mark or hash');
  if (token && address.protocol === 'http:' && !loopback.has(address.hostname))
    throw refuse('https, because a token is sent');
  return address;
}

/** TLS as towards a DICOM peer. */
function createAgent({ protocol, hostname }: URL, tls: HttpTls): http.Agent {
  const options = { keepAlive: true, maxSockets: mostConnections };
  if (protocol === 'http:') return new http.Agent(options);
  const { authority, certificate, key, serverName } = tls;
  const name = serverName ?? hostname.replaceAll(/[[\]]/g, '');
  return new https.Agent({
    ...options,
    ...secureProfile('TLSv1.2'),
    ...(authority !== undefined && { ca: authority }),
    ...(certificate !== undefined && { cert: certificate }),
    ...(key !== undefined && { key }),
    servername: isIP(name) ? '' : name,
    checkServerIdentity: (_host, shown) => checkServerIdentity(name, shown),
  });
}

async function exchange(
  address: URL,
  agent: http.Agent,
  options: HttpPeerOptions,
  { method, path, headers, body }: HttpRequest,
): Promise<HttpAnswer> {
  const send = address.protocol === 'https:' ? https.request : http.request;
  const request = send(address, {
    agent,
    method,
    path: address.pathname.replace(/\/+$/, '') + path || '/',
    headers: { ...headers, ...ownHeaders(options, body) },
  });
  const deadline = guard(request, options);
  try {
    const response = await respond(request, body);
    const read = await readBody(response, options.largestAnswer);
    return { status: response.statusCode ?? 0, headers: response.headers, body: read };
  } catch (error) {
    request.destroy();
    throw deadline.passed() ?? explainText(error as Error, address);
  } finally {
    deadline.cancel();
  }
}

function ownHeaders({ token }: HttpPeerOptions, body: Uint8Array | undefined) {
  return {
    'accept-encoding': 'identity',
    'content-length': String(body?.length ?? 0),
    ...(token && { authorization: `Bearer ${checkToken(token())}` }),
  };
}

function checkToken(token: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new ScansideError('CONFIG_INVALID', 'the token; expected: printable characters, no space');
}

function respond(request: ClientRequest, body: Uint8Array | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', reject);
    request.end(body);
  });
}

/** Reads an answer whole, and not a byte more than allowed. */
async function readBody(response: IncomingMessage, largest: number): Promise<Buffer> {
  const { 'content-encoding': encoding = 'identity' } = response.headers;
  if (encoding !== 'identity')
    throw unfit(`it is in ${plainText(encoding)}, which was not asked for`);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if ((bytes += chunk.length) > largest) throw unfit(`it is larger than ${largest} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

function unfit(why: string): ScansideError {
  return new ScansideError('ASSOCIATION_ABORTED', `the answer is not read: ${why}`);
}

/** Ends a request at its deadline. */
function guard(request: ClientRequest, { clock, timeoutMs }: HttpPeerOptions) {
  let passed: ScansideError | undefined;
  const cancel = clock.after(timeoutMs, () => {
    passed = new ScansideError('PEER_TIMEOUT', `${request.host}: no answer in ${timeoutMs} ms`);
    request.destroy(passed);
  });
  return { cancel, passed: () => passed };
}

/** What came over a connection is no HTTP. */
const foreignStream = /^(ERR_STREAM_\w+|HPE_\w+)$/;

function explainText(error: NodeJS.ErrnoException, { host, protocol }: URL): ScansideError {
  if (error instanceof ScansideError) return error;
  const { code = '', message } = error;
  const fail = (as: 'PEER_UNREACHABLE' | 'ASSOCIATION_ABORTED' | 'TLS_FAILED', why: string) =>
    new ScansideError(as, `${host}: ${why}`, { cause: error });
  if (unreachableCodes.has(code)) return fail('PEER_UNREACHABLE', plainText(message));
  if (brokenCodes.has(code) || foreignStream.test(code) || protocol === 'http:')
    return fail('ASSOCIATION_ABORTED', plainText(message));
  return fail('TLS_FAILED', describeTlsFailure(code, plainText(message)));
}
