import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** A request as it came. */
export interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
  /** Common name of the client's certificate. */
  client: string | undefined;
}

/** What is answered: a status and a body, or whatever a test does with the response. */
export type Scripted =
  | { status?: number; headers?: Record<string, string>; body?: string | Buffer }
  | ((response: ServerResponse) => void);

export interface ScriptedServer {
  url: string;
  seen: Seen[];
  /** Connections that have been opened. */
  connections(): number;
  close(): Promise<void>;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, scripted: Scripted): void {
  if (typeof scripted === 'function') {
    scripted(response);
    return;
  }
  response.writeHead(scripted.status ?? 200, scripted.headers);
  response.end(scripted.body);
}

/**
 * Starts a loopback HTTP server that answers as `script` says, on a port of its own or on `at`; with `tls`, one that
 * wants a client certificate.
 */
export async function startScripted(
  script: (seen: Seen) => Scripted,
  tls?: { ca: string; cert: string; key: string },
  at = 0,
): Promise<ScriptedServer> {
  const seen: Seen[] = [];
  let connections = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '', headers } = request;
    const peer = tls ? (request.socket as TLSSocket).getPeerCertificate() : undefined;
    const name = peer?.subject?.CN;
    const client = Array.isArray(name) ? name.join() : name;
    const one = { method, path: url, headers, body: await readBody(request), client };
    seen.push(one);
    send(response, script(one));
  };
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    answer(request, response).catch(() => response.destroy());
  };
  const options = { ...tls, requestCert: true, rejectUnauthorized: true };
  const server = tls ? createTlsServer(options, listener) : createServer(listener);
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    seen,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
