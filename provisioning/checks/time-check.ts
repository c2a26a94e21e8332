import { createSocket } from 'node:dgram';
import type { Clock } from '../../device/clock.ts';
import { clockOffset, decodeTimeAnswer, encodeTimeQuestion, type TimeAnswer } from './sntp.ts';
import { type Check, fail, pass, type Verdict, warn } from './verdict.ts';

const answerMs = 3000;
const ntpPort = 123;
/** From here on the clock is said to drift, milliseconds. */
const driftMs = 1000;

/** What one exchange with a time server has shown. */
export interface TimeReading {
  server: string;
  stratum: number;
  /** Of the own clock; positive: it is behind. */
  offsetMs: number;
}

/** What the offset means. `limitSeconds`: more is a failure. */
export function judgeClock(
  { server, stratum, offsetMs }: TimeReading,
  limitSeconds: number,
): Verdict {
  const facts = { server, stratum, offsetMs: Math.round(offsetMs) };
  const seconds = Math.abs(offsetMs) / 1000;
  const words = `${seconds.toFixed(1)} s ${offsetMs > 0 ? 'behind' : 'ahead of'} ${server}`;
  if (seconds > limitSeconds) return fail('CLOCK_OFF', words, facts);
  return seconds * 1000 > driftMs ? warn('CLOCK_DRIFTS', words, facts) : pass(facts);
}

/** Asks the time servers in their order until one answers. */
export function timeCheck(
  { servers, limitSeconds }: { servers: readonly string[]; limitSeconds: number },
  clock: Clock,
): Check {
  return {
    name: 'clock',
    title: 'Clock against the site’s time server',
    async run() {
      if (servers.length === 0) return warn('CLOCK_UNCHECKED', '`time.servers` names none');
      for (const server of servers) {
        const reading = await readTime(server, clock);
        if (reading) return judgeClock(reading, limitSeconds);
      }
      return fail('TIME_SERVER_SILENT', servers.join(', '));
    },
  };
}

/** One question by SNTP (RFC 4330); undefined where no answer comes that is one. */
async function readTime(server: string, clock: Clock): Promise<TimeReading | undefined> {
  const [host = '', port] = server.split(':');
  const askedAt = clock.now();
  const heard = await exchange({ host, port: Number(port ?? ntpPort) }, askedAt, clock);
  if (!heard) return undefined;
  const offsetMs = clockOffset(askedAt, heard.answer, heard.at);
  return { server, stratum: heard.answer.stratum, offsetMs };
}

function exchange(
  to: { host: string; port: number },
  askedAt: number,
  clock: Clock,
): Promise<{ answer: TimeAnswer; at: number } | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(to.host.includes(':') ? 'udp6' : 'udp4');
    const settle = (heard?: { answer: TimeAnswer; at: number }) => {
      cancel();
      socket.removeAllListeners('message');
      socket.close();
      resolve(heard);
    };
    const cancel = clock.after(answerMs, settle);
    socket.once('error', () => settle());
    socket.on('message', (bytes) => {
      const answer = decodeTimeAnswer(bytes, askedAt);
      if (answer) settle({ answer, at: clock.now() });
    });
    // Connected, so that a closed port is told at once, and only this server is heard.
    socket.connect(to.port, to.host, () => socket.send(encodeTimeQuestion(askedAt)));
  });
}
