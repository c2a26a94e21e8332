import { createSocket } from 'node:dgram';

/** Seconds from 1900 to 1970. */
const epoch = 2_208_988_800;

/** A time server (SNTP) whose clock is `offsetMs` ahead of this machine's. */
export async function startTimeServer(offsetMs: number) {
  const socket = createSocket('udp4');
  socket.on('message', (asked, { port, address }) => {
    const answer = Buffer.alloc(48);
    answer.writeUInt8(0x24, 0);
    answer.writeUInt8(2, 1);
    asked.copy(answer, 24, 40, 48);
    const seconds = (Date.now() + offsetMs) / 1000 + epoch;
    for (const at of [32, 40]) {
      answer.writeUInt32BE(Math.floor(seconds), at);
      answer.writeUInt32BE(Math.floor((seconds % 1) * 2 ** 32), at + 4);
    }
    socket.send(answer, port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const stop = () => new Promise<void>((resolve) => socket.close(() => resolve()));
  return { server: `127.0.0.1:${socket.address().port}`, stop };
}

/** A name server that answers every question so: with a code of RFC 1035 4.1.1 (3: there is no such name). */
export async function startNameServer(code: number) {
  const socket = createSocket('udp4');
  socket.on('message', (asked, { port, address }) => {
    const answer = Buffer.from(asked);
    answer.writeUInt16BE(0x8180 | code, 2);
    socket.send(answer, port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const stop = () => new Promise<void>((resolve) => socket.close(() => resolve()));
  return { server: `127.0.0.1:${socket.address().port}`, stop };
}
