import { connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { startReading } from '../runtime/dicom/receiver-socket.ts';
import { freePort } from './outside.ts';
import { until } from './peers/process.ts';
import { Random } from './random-pdu.ts';

const closers: (() => unknown)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Reading {
  received: Buffer[];
  /** Whether each read was handed on in our own buffer. */
  inOurs: boolean[];
  socket: Socket;
  peer: Socket;
}

/** A connection that is read; `hide` takes away what the fast way of reading relies on. */
async function reading(hide: (accepted: Socket) => void): Promise<Reading> {
  const port = await freePort();
  const received: Buffer[] = [];
  const inOurs: boolean[] = [];
  const shared = Buffer.allocUnsafeSlow(4096);
  const accepted = new Promise<Socket>((resolve) => {
    const server = createServer({ pauseOnConnect: true }, (socket) => {
      hide(socket);
      resolve(
        startReading(socket, shared, (buffer, end) => {
          inOurs.push(buffer === shared);
          received.push(Buffer.from(buffer.subarray(0, end)));
        }),
      );
    });
    server.listen(port, '127.0.0.1');
    closers.push(() => server.close());
  });
  const peer = connect(port, '127.0.0.1');
  const socket = await accepted;
  closers.push(
    () => peer.destroy(),
    () => socket.destroy(),
  );
  return { received, inOurs, socket, peer };
}

it.each([
  ['into one buffer', () => {}, true],
  [
    'by data events where the handle is another',
    (accepted: Socket) => {
      const handle: unknown = Reflect.get(accepted, '_handle');
      if (typeof handle === 'object' && handle !== null)
        Reflect.set(accepted, '_handle', withoutUserBuffer(handle));
    },
    false,
  ],
])('reads all bytes in order, %s, and stops while paused', async (_title, hide, ours) => {
  const { received, inOurs, socket, peer } = await reading(hide);
  const bytes = new Random(5).bytes(60_000);
  const total = (): number => received.reduce((sum, { length }) => sum + length, 0);
  peer.write(bytes.subarray(0, 30_000));
  expect(await until(() => total() === 30_000)).toBe(true);
  socket.pause();
  peer.write(bytes.subarray(30_000));
  expect(await until(() => total() > 30_000, 150)).toBe(false);
  socket.resume();
  expect(await until(() => total() === bytes.length)).toBe(true);
  expect(Buffer.concat(received).equals(bytes)).toBe(true);
  expect(new Set(inOurs)).toEqual(new Set([ours]));
  const closed = new Promise((resolve) => {
    socket.once('close', resolve);
  });
  peer.end();
  await closed;
});

/** The same handle to everyone but to a look for `useUserBuffer`. */
function withoutUserBuffer(handle: object): object {
  return new Proxy(handle, {
    has: (target, key) => key !== 'useUserBuffer' && Reflect.has(target, key),
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
    set: (target, key, value) => Reflect.set(target, key, value),
  });
}
