import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { FrameReader, frameMessage } from '../../runtime/outbox/mllp.ts';

/** What a scripted engine does with a message: the bytes that it answers with, in pieces, or something worse. */
export type Reaction = (controlId: string, socket: Socket) => Uint8Array[] | undefined;

export interface MllpServer {
  port: number;
  /** The messages in the order in which they came. */
  messages: string[];
  connections(): number;
  close(): Promise<void>;
}

/** An acknowledgement of a message, as one block. */
export function acknowledge(code: string, controlId: string, ...more: string[]): Uint8Array {
  const header = 'MSH|^~\\&|RIS|H|SCANSIDE||20260921||ACK^R01^ACK|9|P|2.5.1';
  const text = [header, `MSA|${code}|${controlId}`, ...more].map((segment) => `${segment}\r`);
  return frameMessage(Buffer.from(text.join('')));
}

/** An engine that reacts as it is told, on a loopback port, with TLS where it is given options. */
export async function startMllpServer(react: Reaction, tls?: TlsOptions): Promise<MllpServer> {
  const messages: string[] = [];
  const sockets: Socket[] = [];
  const serve = (socket: Socket): void => {
    sockets.push(socket);
    const reader = new FrameReader(1_000_000);
    socket.on('error', () => {});
    socket.on('data', (bytes: Uint8Array) => {
      for (const message of reader.read(bytes).map((each) => Buffer.from(each).toString())) {
        messages.push(message);
        for (const piece of react(message.split('|')[9] ?? '', socket) ?? []) socket.write(piece);
      }
    });
  };
  const server = tls ? createTlsServer(tls, serve) : createServer(serve);
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    messages,
    connections: () => sockets.length,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
