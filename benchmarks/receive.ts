import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { until } from '../tests/peers/process.ts';
import { countOf } from './count.ts';
import { makeCertificate, type Certificate } from './certificate.ts';
import { fileLength, writeBatch, type Batch } from './ct-images.ts';
import { format, median } from './figures.ts';
import { describeLoad, readLoad } from './machine.ts';
import { readCpuMs, readPeakMemory } from './process-cost.ts';
import { goals, planRows, type Measured, type Result, type Row } from './receive-rows.ts';
import { measureLag } from './receive-lag.ts';
import { measureMemory } from './receive-memory.ts';
import { reportReceive } from './receive-report.ts';
import { writeReport } from './report.ts';
import { send } from './sender.ts';
import { buildShim, missingFor, type Server } from './servers.ts';
import { requireSpace } from './space.ts';

export const receiveUsage = `receive: our receiver beside others', on one disk, in one run
  --what speed|memory|lag   what to measure (default speed)
  --images N                images of a measured batch (default 1000)
  --warm-up N               images sent before, not timed (default 240)
  --associations A,B        at once (default 1,4)
  --repeat N                how often; the median counts (default 3)
  --only TEXT               only receivers whose name holds TEXT (repeatable); nothing is written then
  --folder FOLDER           on the disk to measure (default: the folder for temporary files)
  --large-mb N              memory: the large instance (default 2048)
  --slow-mb N               memory: the instance sent to a 1 MB/s disk (default 64)
  --seconds N               lag: how long each part takes (default 20)
  --dry                     print, and leave benchmarks/README.md as it is`;

export interface ReceiveOptions {
  images: number;
  warmUp: number;
  associations: number[];
  repeat: number;
  only: string[];
  folder: string;
  largeMb: number;
  slowMb: number;
  seconds: number;
  dry: boolean;
}

/** What the rows need beside the images. */
interface Equipment {
  shim: string | undefined;
  certificate: Certificate | undefined;
}

interface Batches {
  warmUp: Batch;
  full: Batch;
  /** For senders that are given fewer images. */
  short: Batch;
}

export async function receive(args: string[]): Promise<void> {
  const { what, options } = readOptions(args);
  if (what === 'speed') return measureSpeed(options);
  if (what === 'memory') return measureMemory(options);
  if (what === 'lag') return measureLag(options);
  throw new Error(`--what must be speed, memory or lag, not ${what}`);
}

function readOptions(args: string[]): { what: string; options: ReceiveOptions } {
  const { values } = parseArgs({
    args,
    options: {
      what: { type: 'string', default: 'speed' },
      images: { type: 'string', default: '1000' },
      'warm-up': { type: 'string', default: '240' },
      associations: { type: 'string', default: '1,4' },
      repeat: { type: 'string', default: '3' },
      only: { type: 'string', multiple: true, default: [] },
      folder: { type: 'string', default: tmpdir() },
      'large-mb': { type: 'string', default: '2048' },
      'slow-mb': { type: 'string', default: '64' },
      seconds: { type: 'string', default: '20' },
      dry: { type: 'boolean', default: false },
    },
  });
  return {
    what: values.what,
    options: {
      images: countOf('--images', values.images),
      warmUp: countOf('--warm-up', values['warm-up']),
      associations: values.associations.split(',').map((text) => countOf('--associations', text)),
      repeat: countOf('--repeat', values.repeat),
      only: values.only,
      folder: values.folder,
      largeMb: countOf('--large-mb', values['large-mb']),
      slowMb: countOf('--slow-mb', values['slow-mb']),
      seconds: countOf('--seconds', values.seconds),
      dry: values.dry,
    },
  };
}

async function measureSpeed(options: ReceiveOptions): Promise<void> {
  const load = readLoad();
  const folder = mkdtempSync(join(options.folder, 'scanside-bench-'));
  try {
    requireSpace(folder, fileLength() * 2.2 * (options.images + options.warmUp));
    const results = await runAll(options, folder);
    const report = reportReceive(results, goals);
    const notes = `${options.images} images, median of ${options.repeat}; ${describeLoad(load, readLoad())}.`;
    writeReport('receive', `${notes}\n\n${report}`, { folder, dry: isPartial(options) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function isPartial({ dry, only }: ReceiveOptions): boolean {
  return dry || only.length > 0;
}

async function runAll(options: ReceiveOptions, folder: string): Promise<Result[]> {
  const equipment = { shim: buildShim(folder), certificate: makeCertificate(folder) };
  const batches = writeBatches(options, folder);
  const rows = planRows(options.associations).filter(
    ({ server }) => !options.only.length || options.only.some((text) => server.name.includes(text)),
  );
  const missing = rows.map((row) => findMissing(row, equipment));
  const samples = rows.map((): Measured[] => []);
  // Repeats go around the table and not line by line, so that a slow minute hits all alike.
  for (let round = 1; round <= options.repeat; round++)
    for (const [at, row] of rows.entries()) {
      if (missing[at]!.length) continue;
      const measured = await measure(row, batches, join(folder, `${round}-${at}`), equipment);
      samples[at]!.push(measured);
      announce(row, measured, round);
    }
  return rows.map((row, at) => ({
    row,
    missing: missing[at]!,
    measured: samples[at]!.length ? summarise(samples[at]!) : undefined,
  }));
}

function findMissing({ server, sender }: Row, { shim, certificate }: Equipment): string[] {
  const own = missingFor(server, shim);
  return sender.tls && !certificate ? [...own, 'openssl'] : own;
}

function writeBatches({ images, warmUp, associations }: ReceiveOptions, folder: string): Batches {
  const studies = Math.max(...associations);
  const source = join(folder, 'source');
  const few = planRows([1]).flatMap(({ sender }) => sender.mostImages ?? []);
  return {
    warmUp: writeBatch(source, 'warm-up', warmUp, studies),
    full: writeBatch(source, 'full', images, studies),
    short: writeBatch(source, 'short', Math.min(images, ...few), studies),
  };
}

/** Starts the receiver on a fresh folder, warms it up, and times one batch. */
async function measure(
  { server: kind, sender, associations }: Row,
  batches: Batches,
  folder: string,
  { shim, certificate }: Equipment,
): Promise<Measured> {
  const batch = sender.mostImages ? batches.short : batches.full;
  const tls = sender.tls && certificate;
  const warmUp = sender.mostImages ? undefined : batches.warmUp;
  // What the run before has left to write would be paid for by this one.
  spawnSync('sync');
  const server = await kind.start({ folder, sender, shim, tls });
  try {
    if (warmUp) await send(sender, server.port, warmUp, associations, tls);
    const before = readCpuMs(server.pid);
    const elapsed = await send(sender, server.port, batch, associations, tls);
    const cpuMs = readCpuMs(server.pid) - before;
    await checkReceived(server, batch.images + (warmUp?.images ?? 0));
    return {
      imagesPerSecond: (batch.images / elapsed) * 1000,
      megabytesPerSecond: batch.bytes / elapsed / 1000,
      cpuMsPerImage: cpuMs / batch.images,
      peakMegabytes: readPeakMemory(server.pid),
    };
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A receiver that loses images is not fast. */
async function checkReceived(server: Server, expected: number): Promise<void> {
  if (await until(async () => (await server.received()) === expected)) return;
  throw new Error(`it holds ${await server.received()} images of ${expected}`);
}

function announce({ server, sender, associations }: Row, measured: Measured, round: number): void {
  const { imagesPerSecond, cpuMsPerImage, peakMegabytes } = measured;
  const figures = `${format(imagesPerSecond, 0)} images/s, ${format(cpuMsPerImage)} ms, ${format(peakMegabytes, 0)} MB`;
  const who = `${server.name}, ${associations} x ${sender.name}`;
  console.error(`round ${round}: ${who}: ${figures} (load ${readLoad().toFixed(1)})`);
}

function summarise(samples: readonly Measured[]): Measured {
  const of = (name: keyof Measured): number => median(samples.map((sample) => sample[name]));
  return {
    imagesPerSecond: of('imagesPerSecond'),
    megabytesPerSecond: of('megabytesPerSecond'),
    cpuMsPerImage: of('cpuMsPerImage'),
    peakMegabytes: of('peakMegabytes'),
  };
}
