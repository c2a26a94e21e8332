import type { Server, ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyServerOptions } from 'fastify';

/** HTTPS. */
export interface PanelTls {
  /** Certificate with its chain and private key, both PEM. */
  certificate: string;
  key: string;
  /**
   * Browsers shall take nothing less from now on. Not with a certificate that the device renews by itself: they would
   * shut everybody out until somebody has installed the new one.
   */
  strict?: boolean;
}

/** More than any ward has screens; past it a connection is refused. */
const mostConnections = 256;

/** Connections of one address: a browser opens six, and several screens may stand behind one address. */
const mostOfAddress = 64;

/** Bytes of the largest form. */
export const bodyLimit = 8 * 1024;

const http = {
  maxHeaderSize: 8 * 1024,
  /** Milliseconds for a whole head, and how often it is looked whether one takes longer. */
  headersTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  requireHostHeader: true,
  insecureHTTPParser: false,
};

/** What one connection may take: bytes, time and requests. Whoever sends byte by byte is cut off. */
export const serverLimits = {
  logger: false,
  forceCloseConnections: true,
  /** Milliseconds for a whole request, and for a connection on which nothing moves; a stream of events pings. */
  requestTimeout: 10_000,
  connectionTimeout: 60_000,
  keepAliveTimeout: 20_000,
  maxRequestsPerSocket: 2_000,
  bodyLimit,
  routerOptions: { maxParamLength: 128 },
} satisfies FastifyServerOptions;

/** Options of the server beneath: HTTP, or HTTPS from TLS 1.2 on. */
export function listenerOptions(tls: PanelTls | undefined): { http: ServerOptions } {
  if (!tls) return { http };
  const { certificate: cert, key } = tls;
  const https = { ...http, cert, key, minVersion: 'TLSv1.2', handshakeTimeout: 5_000 };
  // Fastify has a type for each kind of server; whoever serves pages need not tell them apart.
  return { https } as unknown as { http: ServerOptions };
}

/** Refuses connections past what the panel has room for, in all and of one address. */
export function limitConnections(server: Server): void {
  server.maxConnections = mostConnections;
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const count = (open.get(address) ?? 0) + 1;
    open.set(address, count);
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left > 0) open.set(address, left);
      else open.delete(address);
    });
    if (count > mostOfAddress) socket.destroy();
  });
}

/** Status lines for what no parser takes, by Node's code of it; everything else is a bad request. */
const brokenStatus: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
};

/** Answers what is no HTTP request, and closes; returns whether there was anybody to answer. */
export function answerBroken({ code = '' }: NodeJS.ErrnoException, socket: Socket): boolean {
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return false;
  }
  const status = brokenStatus[code] ?? '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  socket.destroySoon();
  return true;
}
