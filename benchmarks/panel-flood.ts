// Floods a panel with tries to sign in, and with requests sent byte by byte, until it is stopped: panel-flood.ts URL
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

const { hostname, port, origin } = new URL(process.argv[2] ?? '');
const addresses = Array.from({ length: 32 }, (_, at) => `127.0.1.${at + 1}`);
const triesAtOnce = 2;
const slowAddress = '127.0.2.1';
const slowConnections = 64;
const byteEveryMs = 500;
const done = { tries: 0, cut: 0 };

/** One try, with a name that nobody has. */
function tryToEnter(localAddress: string, agent: Agent): Promise<void> {
  const headers = { origin, 'content-type': 'application/json' };
  const body = JSON.stringify({ name: `nobody-${done.tries}`, secret: '000000' });
  const options = {
    hostname,
    port,
    path: '/sign-in',
    method: 'POST',
    headers,
    localAddress,
    agent,
  };
  return new Promise((resolve) => {
    const sent = request(options, (answer) => {
      done.tries += 1;
      answer.resume().once('close', resolve);
    });
    sent.once('error', () => resolve());
    sent.end(body);
  });
}

async function flood(localAddress: string): Promise<never> {
  const agent = new Agent({ keepAlive: true });
  for (;;) {
    await tryToEnter(localAddress, agent);
    await sleep(10);
  }
}

/** A request without end, and the next when it is cut. */
async function dawdle(): Promise<never> {
  for (;;) {
    const socket = connect({ host: hostname, port: Number(port), localAddress: slowAddress });
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined).resume();
    const timer = setInterval(() => socket.write('G'), byteEveryMs);
    socket.write(`GET / HTTP/1.1\r\nHost: ${hostname}\r\nX-Slow: `);
    await closed;
    clearInterval(timer);
    done.cut += 1;
  }
}

process.once('SIGTERM', () => {
  process.stdout.write(`${JSON.stringify(done)}\n`, () => process.exit(0));
});
process.stdout.write('flooding\n');
await Promise.all([
  ...addresses.flatMap((address) => Array.from({ length: triesAtOnce }, () => flood(address))),
  ...Array.from({ length: slowConnections }, dawdle),
]);
