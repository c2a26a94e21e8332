import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../device/clock.ts';
import { dial, type ScuAssociation } from '../runtime/dicom/sender.ts';
import { explicitVrLittleEndian } from '../runtime/dicom/transfer-syntax.ts';
import { verification } from '../runtime/dicom/uid.ts';
import { markdownTable } from './document.ts';
import { describeLimit, format, percentile, verdict } from './figures.ts';
import { describeLoad, readLoad } from './machine.ts';
import { startOurReceiver } from './our-receiver.ts';
import type { ReceiveOptions } from './receive.ts';
import { writeReport } from './report.ts';

const lagLimit = { atMost: 10 };
/** Milliseconds between two questions. */
const pause = 10;

/**
 * How long a C-ECHO takes over an open association, with idle cores and with one program on each that never waits.
 * The asker suffers from them too, so this is more than the receiver's own lag and never less.
 */
export async function measureLag(options: ReceiveOptions): Promise<void> {
  const load = readLoad();
  const folder = mkdtempSync(join(options.folder, 'scanside-bench-'));
  const receiver = await startOurReceiver({ folder });
  try {
    const idle = await echoTimes(receiver.port, options.seconds);
    const saturated = await whileBurning(() => echoTimes(receiver.port, options.seconds));
    const table = markdownTable(
      ['cores', 'C-ECHOs', 'p50 ms', 'p99 ms', 'reach for', ''],
      [describe('idle', idle), describe('saturated', saturated)],
    );
    const content = `${describeLoad(load, readLoad())}.\n\n${table}`;
    writeReport('receive lag', content, { folder, dry: options.dry });
  } finally {
    await receiver.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function describe(cores: string, times: readonly number[]): string[] {
  const high = percentile(times, 0.99);
  const said = [describeLimit(lagLimit), verdict(high, lagLimit)];
  return [cores, String(times.length), format(percentile(times, 0.5)), format(high), ...said];
}

async function echoTimes(port: number, seconds: number): Promise<number[]> {
  const association = await open(port);
  const end = performance.now() + seconds * 1000;
  const times: number[] = [];
  while (performance.now() < end) {
    const asked = performance.now();
    await association.echo();
    times.push(performance.now() - asked);
    await sleep(pause);
  }
  await association.release();
  return times;
}

function open(port: number): Promise<ScuAssociation> {
  return dial({
    host: '127.0.0.1',
    port,
    callingAeTitle: 'BENCH',
    calledAeTitle: 'SCANSIDE',
    contexts: [{ abstractSyntax: verification, transferSyntaxes: [explicitVrLittleEndian] }],
    maxPduLength: 16_384,
    connectMs: 5000,
    responseMs: 20_000,
    clock: systemClock,
  });
}

/** Runs `work` beside one busy process a core, as inference on the processor keeps them. */
async function whileBurning<T>(work: () => Promise<T>): Promise<T> {
  const burners = Array.from({ length: availableParallelism() }, burn);
  try {
    return await work();
  } finally {
    for (const burner of burners) burner.kill('SIGKILL');
  }
}

function burn(): ChildProcess {
  const child = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
  process.once('exit', () => child.kill('SIGKILL'));
  return child;
}
