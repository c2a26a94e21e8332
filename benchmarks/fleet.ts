import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import Database from 'better-sqlite3-multiple-ciphers';
import mqtt, { type MqttClient } from 'mqtt';
import { upTopic } from '../ota/mqtt/topics.ts';
import { plainKeyFile } from '../ota/fleet/key-file.ts';
import { createSigningKey } from '../ota/fleet/signing-key.ts';
import { disk } from '../device/files.ts';
import { telemetry } from '../tests/fleet-messages.ts';
import { freePort } from '../tests/outside.ts';
import { startMosquitto } from '../tests/peers/mosquitto.ts';
import { startProgram, until } from '../tests/peers/process.ts';
import { countOf } from './count.ts';
import { percentile } from './figures.ts';
import { describeLoad, readLoad } from './machine.ts';

export const fleetUsage = `fleet: simulated devices without TLS, one mosquitto, one fleet service on SQLite; prints, and writes no document
  --devices N               connections, each a device (default 10000)
  --every SECONDS           between two messages of a device (default 10)
  --seconds N               for which they send (default 30)`;

const limitMs = 120_000;

export async function fleet(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      devices: { type: 'string', default: '10000' },
      every: { type: 'string', default: '10' },
      seconds: { type: 'string', default: '30' },
    },
  });
  const devices = countOf('--devices', values.devices);
  const rate = devices / countOf('--every', values.every);
  const folder = mkdtempSync(join(tmpdir(), 'scanside-fleet-'));
  const before = readLoad();
  try {
    await measure(folder, devices, Math.ceil(rate * countOf('--seconds', values.seconds)), rate);
    console.log(describeLoad(before, readLoad()));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(folder: string, devices: number, count: number, rate: number) {
  const port = await freePort();
  const url = `mqtt://127.0.0.1:${port}`;
  let broker = await startMosquitto(folder, port);
  const database = join(folder, 'fleet.db');
  const service = await startService(folder, url, database);
  const connected = performance.now();
  const clients = await connectAll(url, devices);
  console.log(`${devices} devices connected in ${seconds(connected)} s`);
  const begun = performance.now();
  await sendAll(clients, count, rate);
  console.log(`${count} messages sent in ${seconds(begun)} s (${Math.round(rate)}/s asked for)`);
  await until(() => delaysIn(database).length >= count, limitMs);
  const delays = delaysIn(database);
  const [p50, p99] = [percentile(delays, 0.5), percentile(delays, 0.99)];
  console.log(
    `stored ${delays.length}, lost ${count - delays.length}; sent to stored p50 ${p50} ms, p99 ${p99} ms`,
  );
  await broker.stop();
  const storm = performance.now();
  broker = await startMosquitto(folder, port);
  await until(() => clients.every((client) => client.connected), limitMs);
  const back = clients.filter((client) => client.connected).length;
  console.log(`broker started again: ${back} of ${devices} devices back in ${seconds(storm)} s`);
  for (const client of clients) client.end(true);
  await service.stop();
  await broker.stop();
}

function startService(folder: string, url: string, database: string) {
  disk.makeFolder(join(folder, 'online'));
  const key = plainKeyFile('director', createSigningKey());
  writeFileSync(join(folder, 'online', 'director.key'), key, { mode: 0o600 });
  const main = join(import.meta.dirname, '..', 'cli', 'main.ts');
  const args = ['--name', 'fleet-1', '--broker', url, '--folder', folder, '--database', database];
  return startProgram(process.execPath, [main, 'fleet', 'serve', ...args], (output) =>
    output.includes('connected to the broker'),
  );
}

/** Connects by the hundred; who loses the connection tries again after one to eleven seconds, each after another time. */
async function connectAll(url: string, devices: number): Promise<MqttClient[]> {
  const clients: MqttClient[] = [];
  while (clients.length < devices) {
    const some = Array.from({ length: Math.min(100, devices - clients.length) }, (_, at) =>
      mqtt.connectAsync(url, {
        protocolVersion: 5,
        clientId: `d${clients.length + at}`,
        reconnectPeriod: 1000 + ((clients.length + at) % 100) * 100,
      }),
    );
    clients.push(...(await Promise.all(some)));
  }
  for (const client of clients) client.on('error', () => undefined);
  return clients;
}

async function sendAll(clients: readonly MqttClient[], count: number, rate: number) {
  const begun = performance.now();
  const sent: Promise<unknown>[] = [];
  while (sent.length < count) {
    const due = Math.min(count, Math.ceil(((performance.now() - begun) / 1000) * rate));
    while (sent.length < due) {
      const at = sent.length % clients.length;
      const { message } = telemetry(`d${at}`, sent.length + 1);
      const payload = JSON.stringify({ ...message, at: Date.now() });
      sent.push(clients[at]!.publishAsync(upTopic(`d${at}`, 'telemetry'), payload, { qos: 1 }));
    }
    await sleep(5);
  }
  await Promise.all(sent);
}

/** Milliseconds from the sending of each message to the beginning of the transaction that kept it, ascending. */
function delaysIn(path: string): number[] {
  const database = new Database(path, { readonly: true });
  const rows = database.prepare('SELECT stored - sent AS ms FROM messages ORDER BY ms').all();
  database.close();
  return rows.map((row) => (row as { ms: number }).ms);
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}
