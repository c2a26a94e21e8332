import { connect } from 'node:net';
import { Random } from '../random-pdu.ts';
import type { ReceiverChild } from './receiver-child.ts';
import { hostileSession } from './session.ts';

export interface SocketReport {
  streams: number;
  /** Growth of resident memory after the warm-up, KiB. */
  growthKib: number;
  probes: number;
  /** The slowest new association and C-ECHO meanwhile, milliseconds. */
  slowestProbeMs: number;
  findings: string[];
}

const concurrency = 24;

/** ARTIM and the idle timer of the receiver are 2 s; a connection older than this has outlived both. */
const hangMs = 15_000;

/** How peers end their streams: of forty, one falls silent and is ended by a timer. */
function pickEnding(random: Random): 'silence' | 'reset' | 'close' {
  if (random.below(40) === 0) return 'silence';
  return random.below(3) === 0 ? 'reset' : 'close';
}

/**
 * Sends `count` hostile streams to the receiver, that of each seed from `seed` on, while a prober asks for service.
 * The first tenth warms up: memory is measured from there.
 */
export async function runSocketCampaign(
  receiver: ReceiverChild,
  seed: number,
  count: number,
  progress: (streams: number) => void = () => {},
): Promise<SocketReport> {
  const report: SocketReport = {
    streams: 0,
    growthKib: 0,
    probes: 0,
    slowestProbeMs: 0,
    findings: [],
  };
  let warmKib = receiver.residentKib();
  let running = true;
  const isOver = (): boolean => report.streams >= count || receiver.ended() !== undefined;
  const send = async (): Promise<void> => {
    while (!isOver()) {
      const at = report.streams;
      report.streams += 1;
      const finding = await sendStream(receiver.port, seed + at);
      if (finding) report.findings.push(`seed ${seed + at}: ${finding}`);
      if (at === Math.floor(count / 10)) warmKib = receiver.residentKib();
      if (at % 500 === 499) receiver.emptySpool();
      if (at % 1000 === 999) progress(report.streams);
    }
  };
  const probing = probe(receiver, report, () => running);
  await Promise.all(Array.from({ length: concurrency }, send));
  running = false;
  await probing;
  const end = receiver.ended();
  if (end !== undefined) report.findings.push(`the receiver ended: ${end}`);
  else report.growthKib = receiver.residentKib() - warmKib;
  return report;
}

async function probe(
  receiver: ReceiverChild,
  report: SocketReport,
  goesOn: () => boolean,
): Promise<void> {
  while (goesOn() && receiver.ended() === undefined) {
    try {
      report.slowestProbeMs = Math.max(report.slowestProbeMs, await receiver.echo());
    } catch (error) {
      report.findings.push(`after ${report.streams} streams: no service: ${String(error)}`);
    }
    report.probes += 1;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Resolves when the connection is gone, with what is wrong with how it went. */
function sendStream(port: number, seed: number): Promise<string | undefined> {
  const random = new Random(seed);
  const pieces = hostileSession(random);
  const ending = pickEnding(random);
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      socket.destroy();
      resolve('the connection outlives its timers');
    }, hangMs);
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(undefined);
    });
    socket.resume();
    for (const piece of pieces) socket.write(piece);
    if (ending === 'close') socket.end();
    else socket.write('', () => void (ending === 'reset' && socket.resetAndDestroy()));
  });
}
