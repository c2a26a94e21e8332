import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { disk } from '../device/files.ts';
import { plainKeyFile } from '../ota/fleet/key-file.ts';
import { createSigningKey } from '../ota/fleet/signing-key.ts';
import { freePort } from '../tests/outside.ts';
import { DeviceBroker } from '../tests/peers/device-broker.ts';
import { startMosquitto } from '../tests/peers/mosquitto.ts';
import { startProgram } from '../tests/peers/process.ts';
import { countOf } from './count.ts';
import { markdownTable } from './document.ts';
import { describeLimit, format, type Limit, percentile, verdict } from './figures.ts';
import { issueMany } from './fleet-certificates.ts';
import { type Crowd, connectCrowd, delaysIn, untilBack, untilStored } from './fleet-crowd.ts';
import { describeLoad, readLoad } from './machine.ts';
import { writeReport } from './report.ts';

export const fleetUsage = `fleet: simulated devices, one mosquitto, one fleet service on SQLite; without TLS, and with a certificate each
  --devices N               connections without TLS, each a device; 0 leaves it out (default 10000)
  --tls-devices N           connections with certificates on both sides, by the shipped broker configuration; 0 leaves
                            it out (default 3000)
  --every SECONDS           between two messages of a device (default 10)
  --seconds N               for which they send, before the broker is started again and after (default 30)
  --dry                     print, and leave benchmarks/README.md as it is`;

interface Setup {
  devices: number;
  /** Messages a second, and in all. */
  rate: number;
  count: number;
}

interface Figures {
  connected: number;
  /** Milliseconds from sent to the beginning of the transaction that kept it. */
  delays: number[];
  lost: number;
  back: number;
  lostAfter: number;
}

/** What devices connect to, and what starts it again. */
interface Broker {
  url: string;
  restart(): Promise<void>;
  stop(): Promise<void>;
  /** Options of the fleet service. */
  serviceOptions: string[];
  /** What each device shows. */
  identities: readonly object[];
}

const storedLimit: Limit = { below: 1000 };
const lostLimit: Limit = { atMost: 0 };
const backLimit: Limit = { below: 60 };

export async function fleet(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      devices: { type: 'string', default: '10000' },
      'tls-devices': { type: 'string', default: '3000' },
      every: { type: 'string', default: '10' },
      seconds: { type: 'string', default: '30' },
      dry: { type: 'boolean', default: false },
    },
  });
  const [every, seconds] = [countOf('--every', values.every), countOf('--seconds', values.seconds)];
  const setupOf = (devices: number): Setup => {
    const rate = devices / every;
    return { devices, rate, count: Math.ceil(rate * seconds) };
  };
  const folder = mkdtempSync(join(tmpdir(), 'scanside-fleet-'));
  const load = readLoad();
  try {
    const rows: string[][] = [];
    for (const [name, devices, start] of [
      ['without TLS', Number(values.devices), startPlain],
      ['certificates on both sides', Number(values['tls-devices']), startSecure],
    ] as const)
      if (devices > 0) {
        const place = join(folder, name.replaceAll(' ', '-'));
        const setup = setupOf(devices);
        const figures = await measure(place, setup, await start(place, devices));
        rows.push(...rowsOf(name, setup, figures));
      }
    const table = markdownTable(['devices', 'figure', 'measured', 'reach for', ''], rows);
    const notes = `A message of each device every ${every} s for ${seconds} s; ${describeLoad(load, readLoad())}.`;
    writeReport('fleet', `${notes}\n\n${table}`, { folder, dry: values.dry });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function rowsOf(name: string, { devices, count }: Setup, figures: Figures): string[][] {
  const { connected, delays, lost, back, lostAfter } = figures;
  const [p50, p99] = [percentile(delays, 0.5), percentile(delays, 0.99)];
  const who = `${devices}, ${name}`;
  const judged = (figure: string, value: number, limit: Limit, digits = 0) => [
    who,
    figure,
    format(value, digits),
    describeLimit(limit),
    verdict(value, limit),
  ];
  return [
    [who, 'connected after, s', format(connected, 1), '', ''],
    [who, 'messages', String(count), '', ''],
    judged('lost', lost, lostLimit),
    [who, 'sent to stored, p50 ms', format(p50, 0), '', ''],
    judged('sent to stored, p99 ms', p99, storedLimit),
    judged('all back after the broker’s restart, s', back, backLimit, 1),
    judged('lost of as many messages after that', lostAfter, lostLimit),
  ];
}

async function startPlain(folder: string, devices: number): Promise<Broker> {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  let running = await startMosquitto(folder, port);
  return {
    url: `mqtt://127.0.0.1:${port}`,
    restart: async () => {
      await running.stop();
      running = await startMosquitto(folder, port);
    },
    stop: () => running.stop(),
    serviceOptions: [],
    identities: Array.from({ length: devices }, () => ({})),
  };
}

async function startSecure(folder: string, devices: number): Promise<Broker> {
  mkdirSync(folder, { recursive: true });
  const broker = await DeviceBroker.start(folder);
  const { authority } = broker;
  const { certificateFile, keyFile } = await authority.issue('fleet-1');
  const names = Array.from({ length: devices }, (_, at) => `d${at}`);
  const issued = await issueMany(authority, names);
  return {
    url: broker.url,
    restart: async () => {
      await broker.stop();
      await broker.restart();
    },
    stop: () => broker.stop(),
    serviceOptions: [
      '--ca',
      authority.certificateFile,
      '--cert',
      certificateFile,
      '--key',
      keyFile,
    ],
    identities: issued.map((each) => ({ ...each, ca: authority.certificate })),
  };
}

async function measure(
  folder: string,
  { devices, count, rate }: Setup,
  broker: Broker,
): Promise<Figures> {
  const database = join(folder, 'fleet.db');
  const service = await startService(folder, broker, database);
  const begun = performance.now();
  const crowd: Crowd = await connectCrowd(broker.url, devices, broker.identities);
  const connected = secondsSince(begun);
  console.log(`${devices} devices connected in ${connected.toFixed(1)} s`);
  await crowd.send(count, rate);
  await untilStored(database, count);
  const delays = delaysIn(database);
  console.log(`${delays.length} of ${count} stored`);
  const storm = performance.now();
  await broker.restart();
  await untilBack(crowd);
  const back = crowd.isBack() ? secondsSince(storm) : NaN;
  await crowd.send(count, rate);
  await untilStored(database, 2 * count);
  const lostAfter = 2 * count - delaysIn(database).length;
  crowd.close();
  await service.stop();
  await broker.stop();
  const lost = count - delays.length;
  return { connected, delays, lost, back, lostAfter: lostAfter - lost };
}

function startService(folder: string, { url, serviceOptions }: Broker, database: string) {
  disk.makeFolder(join(folder, 'online'));
  const key = plainKeyFile('director', createSigningKey());
  writeFileSync(join(folder, 'online', 'director.key'), key, { mode: 0o600 });
  const main = join(import.meta.dirname, '..', 'cli', 'main.ts');
  const where = ['--broker', url, '--folder', folder, '--database', database];
  const args = ['--name', 'fleet-1', ...where, ...serviceOptions];
  return startProgram(process.execPath, [main, 'fleet', 'serve', ...args], (output) =>
    output.includes('connected to the broker'),
  );
}

function secondsSince(begun: number): number {
  return (performance.now() - begun) / 1000;
}
