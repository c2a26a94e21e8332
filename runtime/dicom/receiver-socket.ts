import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** Takes the bytes `buffer[0, end)`; the buffer is reused after the call. */
export type Receive = (buffer: Buffer, end: number) => void;

/**
 * Starts reading a socket that a server has accepted with `pauseOnConnect`, into `buffer` where that is possible, and
 * returns the socket to use from then on. Several sockets may share the buffer: each read is handed on before the next.
 *
 * Node reads into a buffer of ours (`onread`) only on sockets that it did not accept itself. A second socket therefore
 * takes over the first one's handle, which is no documented interface: what it relies on is checked, and where it is
 * not so, and with TLS, reading falls back to `data` events, which allocate a buffer for every read and are otherwise
 * the same.
 */
export function startReading(accepted: Socket, buffer: Buffer, receive: Receive): Socket {
  const socket = takeOver(accepted, buffer, receive) ?? accepted;
  if (socket === accepted) socket.on('data', (chunk: Buffer) => receive(chunk, chunk.length));
  return socket.resume();
}

function takeOver(accepted: Socket, buffer: Buffer, receive: Receive): Socket | undefined {
  if (accepted instanceof TLSSocket) return undefined;
  const handle: unknown = Reflect.get(accepted, '_handle');
  if (typeof handle !== 'object' || handle === null || !('useUserBuffer' in handle))
    return undefined;
  const callback = (end: number): boolean => {
    receive(buffer, end);
    return true;
  };
  Reflect.set(accepted, '_handle', null);
  const options = { handle, onread: { buffer, callback } };
  const socket = new Socket(options);
  if (Reflect.get(socket, '_handle') === handle) return socket;
  Reflect.set(accepted, '_handle', handle);
  return undefined;
}

/** The peer's address; an IPv4 address that is mapped into IPv6 as IPv4. */
export function plainAddress({ remoteAddress = '' }: Socket): string {
  return remoteAddress.replace(/^::ffff:(?=[\d.]+$)/i, '');
}
