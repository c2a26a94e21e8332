import http, {
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import https from 'node:https';
import { brokenCodes, unreachableCodes } from '../../../device/network-error.ts';
import type { Clock } from '../../../device/clock.ts';
import { ScansideError } from '../../../device/errors.ts';
import { serverFault } from './protocol.ts';
import type { KserveTls } from './settings.ts';

export interface HttpRequest {
  method: 'GET' | 'POST';
  path: string;
  headers: Readonly<Record<string, string>>;
  body?: Buffer;
}

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface HttpLimits {
  /** From connecting to the last byte of the answer. */
  timeoutMs: number;
  /** Bytes of the largest answer. */
  largest: number;
}

/** Connections to one server, kept open between requests. */
export interface HttpConnections {
  /**
   * One request and its answer, whatever its status; no redirect is followed. Throws PEER_UNREACHABLE, PEER_TIMEOUT,
   * TLS_FAILED, INFERENCE_SERVER_FAULT for what is too large or no HTTP, and MODEL_FAULT when ended by `signal`.
   */
  exchange(request: HttpRequest, limits: HttpLimits, signal?: AbortSignal): Promise<HttpAnswer>;
  close(): void;
}

/** Requests to one server at a time; a network's runs follow each other anyway. */
const mostConnections = 16;

function explain(error: NodeJS.ErrnoException, { secure, host }: Place): ScansideError {
  const { code = '', message } = error;
  const what = `${host}: ${message.slice(0, 200)}`;
  if (code.startsWith('HPE_')) return serverFault(what, error);
  const known = unreachableCodes.has(code) || brokenCodes.has(code) || !secure;
  return new ScansideError(known ? 'PEER_UNREACHABLE' : 'TLS_FAILED', what, { cause: error });
}

interface Place {
  host: string;
  secure: boolean;
}

function respond(request: ClientRequest, body: Buffer | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', reject);
    request.end(body);
  });
}

function refuseLarge(bytes: number, largest: number): void {
  if (bytes > largest) throw serverFault(`the answer is larger than ${largest} bytes`);
}

/** Reads an answer whole, and not a byte more than allowed. */
async function readBody(response: IncomingMessage, largest: number): Promise<Buffer> {
  const { 'content-encoding': encoding = 'identity', 'content-length': length } = response.headers;
  if (encoding !== 'identity')
    throw serverFault(`the answer is in ${encoding}, which was not asked for`);
  refuseLarge(Number(length ?? 0), largest);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    refuseLarge((bytes += chunk.length), largest);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

/** Ends a request at its deadline or by its signal. `why` says which, once it has happened. */
function guard(
  request: ClientRequest,
  { clock, timeoutMs, host }: { clock: Clock; timeoutMs: number; host: string },
  signal: AbortSignal | undefined,
): { why(): ScansideError | undefined; done(): void } {
  let why: ScansideError | undefined;
  const end = (error: ScansideError) => {
    why ??= error;
    request.destroy(error);
  };
  const abort = () => end(new ScansideError('MODEL_FAULT', 'running: it was ended'));
  const cancel = clock.after(timeoutMs, () =>
    end(new ScansideError('PEER_TIMEOUT', `${host}: no answer in ${Math.round(timeoutMs)} ms`)),
  );
  if (signal?.aborted) abort();
  else signal?.addEventListener('abort', abort, { once: true });
  return {
    why: () => why,
    done() {
      cancel();
      signal?.removeEventListener('abort', abort);
    },
  };
}

function createAgent(secure: boolean, tls: KserveTls): http.Agent {
  const options = { keepAlive: true, maxSockets: mostConnections };
  if (!secure) return new http.Agent(options);
  const { authority, certificate, key, serverName } = tls;
  return new https.Agent({
    ...options,
    minVersion: 'TLSv1.2',
    ...(authority !== undefined && { ca: authority }),
    ...(certificate !== undefined && { cert: certificate }),
    ...(key !== undefined && { key }),
    ...(serverName !== undefined && { servername: serverName }),
  });
}

/** Opens nothing yet: the first request connects. */
export function createConnections(url: URL, tls: KserveTls, clock: Clock): HttpConnections {
  const place = { host: url.host, secure: url.protocol === 'https:' };
  const agent = createAgent(place.secure, tls);
  const send = place.secure ? https.request : http.request;
  return {
    async exchange({ method, path, headers, body }, { timeoutMs, largest }, signal) {
      const length = { 'content-length': String(body?.length ?? 0) };
      const request = send(url, { agent, method, path, headers: { ...headers, ...length } });
      const guarded = guard(request, { clock, timeoutMs, host: place.host }, signal);
      try {
        const response = await respond(request, body);
        const answer = await readBody(response, largest);
        return { status: response.statusCode ?? 0, headers: response.headers, body: answer };
      } catch (error) {
        request.destroy();
        const known = error instanceof ScansideError ? error : explain(error as Error, place);
        throw guarded.why() ?? known;
      } finally {
        guarded.done();
      }
    },
    close: () => agent.destroy(),
  };
}
