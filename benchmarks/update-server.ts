import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface PacedServer {
  port: number;
  close(): void;
}

const pieceLength = 64 * 1024;

/** Serves ranges of files by path, at so many bytes a second on each connection. */
export async function servePaced(
  served: ReadonlyMap<string, Buffer>,
  bytesPerSecond: number,
  tls?: { cert: string; key: string },
): Promise<PacedServer> {
  const answer: http.RequestListener = (request, response) => {
    const bytes = served.get(decodeURIComponent(request.url ?? ''));
    if (!bytes) return void response.writeHead(404).end();
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const part = first === undefined ? bytes : bytes.subarray(Number(first), Number(last) + 1);
    const range = `bytes ${first}-${Number(first) + part.length - 1}/${bytes.length}`;
    response.writeHead(first === undefined ? 200 : 206, {
      'content-length': part.length,
      ...(first !== undefined && { 'content-range': range }),
    });
    return void write(response, part, bytesPerSecond);
  };
  const server = tls ? https.createServer(tls, answer) : http.createServer(answer);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
}

async function write(response: http.ServerResponse, bytes: Buffer, bytesPerSecond: number) {
  for (let at = 0; at < bytes.length && !response.destroyed; at += pieceLength) {
    response.write(bytes.subarray(at, at + pieceLength));
    await sleep((1000 * pieceLength) / bytesPerSecond);
  }
  response.end();
}
