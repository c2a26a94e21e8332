import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3-multiple-ciphers';
import mqtt, { type MqttClient } from 'mqtt';
import { upTopic } from '../ota/mqtt/topics.ts';
import { telemetry } from '../tests/fleet-messages.ts';
import { until } from '../tests/peers/process.ts';

/** Milliseconds that are waited for what should come at all. */
const limitMs = 120_000;

/** Many devices in this process. */
export class Crowd {
  readonly #clients: MqttClient[];
  #sent = 0;

  constructor(clients: MqttClient[]) {
    this.#clients = clients;
  }

  /** Has the devices send so many messages in turn, at so many a second. Resolves when the broker has them all. */
  async send(count: number, rate: number): Promise<void> {
    const begun = performance.now();
    const sent: Promise<unknown>[] = [];
    while (sent.length < count) {
      const due = Math.min(count, Math.ceil(((performance.now() - begun) / 1000) * rate));
      while (sent.length < due) sent.push(this.#sendOne());
      await sleep(5);
    }
    await Promise.all(sent);
  }

  #sendOne(): Promise<unknown> {
    const at = this.#sent % this.#clients.length;
    this.#sent += 1;
    const { message } = telemetry(`d${at}`, this.#sent);
    const payload = JSON.stringify({ ...message, at: Date.now() });
    return this.#clients[at]!.publishAsync(upTopic(`d${at}`, 'telemetry'), payload, { qos: 1 });
  }

  isBack(): boolean {
    return this.#clients.every((client) => client.connected);
  }

  close(): void {
    for (const client of this.#clients) client.end(true);
  }
}

/** Connects by the hundred; who loses the connection tries again after one to eleven seconds, each after another time. */
export async function connectCrowd(
  url: string,
  devices: number,
  identities: readonly object[],
): Promise<Crowd> {
  const clients: MqttClient[] = [];
  while (clients.length < devices) {
    const first = clients.length;
    const some = Array.from({ length: Math.min(100, devices - first) }, (_, at) =>
      mqtt.connectAsync(url, {
        protocolVersion: 5,
        clientId: `d${first + at}`,
        reconnectPeriod: 1000 + ((first + at) % 100) * 100,
        ...identities[first + at],
      }),
    );
    clients.push(...(await Promise.all(some)));
  }
  for (const client of clients) client.on('error', () => undefined);
  return new Crowd(clients);
}

/** Waits until all devices are connected again, or no longer. */
export async function untilBack(crowd: Crowd): Promise<void> {
  await sleep(100);
  await until(() => crowd.isBack(), limitMs);
}

/** Waits until so many messages are kept, or no longer. */
export async function untilStored(path: string, count: number): Promise<void> {
  await until(() => countIn(path) >= count, limitMs);
}

function countIn(path: string): number {
  return read(path, 'SELECT COUNT(*) AS ms FROM messages')[0] ?? 0;
}

/** Milliseconds from the sending of each message to the beginning of the transaction that kept it. */
export function delaysIn(path: string): number[] {
  return read(path, 'SELECT stored - sent AS ms FROM messages');
}

function read(path: string, query: string): number[] {
  const database = new Database(path, { readonly: true });
  const rows = database.prepare(query).all() as { ms: number }[];
  database.close();
  return rows.map(({ ms }) => ms);
}
