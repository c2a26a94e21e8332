import Database from 'better-sqlite3-multiple-ciphers';
import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, expect, it } from 'vitest';
import { ScansideError } from '../../device/errors.ts';
import { ManualClock } from '../../device/manual-clock.ts';
import type { BrokerLink, PublishOptions, Taken } from './broker-link.ts';
import { MessageQueue } from './message-queue.ts';
import { QueuePump } from './queue-pump.ts';

interface Sent extends PublishOptions {
  topic: string;
  resolve(taken: Taken): void;
  reject(error: unknown): void;
}

let clock: ManualClock;
let queue: MessageQueue;
let sent: Sent[];
let held: string[];
let pump: QueuePump;

const link: BrokerLink = {
  publish: (topic, _payload, options) => {
    const { promise, ...settle } = Promise.withResolvers<Taken>();
    sent.push({ topic, ...options, ...settle });
    return promise;
  },
  subscribe: () => Promise.resolve(),
  end: () => Promise.resolve(),
};

beforeEach(() => {
  clock = new ManualClock();
  queue = new MessageQueue({ database: new Database(':memory:'), clock, quotaBytes: 2 ** 20 });
  [sent, held] = [[], []];
  const told = (name: string, because: string) => void held.push(`${name}: ${because}`);
  pump = new QueuePump(link, { device: 'ct-1', queue, clock, held: told });
});

const report = (assignment: number) => queue.add('ota-report', { assignment, state: 'trial' });

it('has eight messages under way at most, and the next when one is taken', async () => {
  for (let at = 1; at <= 12; at++) report(at);
  pump.run();
  pump.run();
  expect(sent.map(({ topic }) => topic)).toEqual(Array(8).fill('v1/ct-1/up/ota'));
  sent[3]!.resolve('taken');
  await turn();
  expect(sent).toHaveLength(9);
  expect(queue.next(0, 20).map(({ seq }) => seq)).not.toContain(4);
});

it('keeps what nobody takes for half a minute, and lets the others pass', async () => {
  report(1);
  pump.run();
  sent[0]!.resolve('nobody');
  await turn();
  expect(held).toEqual(['ota-report: nobody takes it']);
  queue.add('event', { event: 'started' });
  pump.run();
  expect(sent.map(({ schema }) => schema)).toEqual(['ota-report', 'event']);
  sent[1]!.resolve('taken');
  clock.advance(30_000);
  await turn();
  expect(sent[2]).toMatchObject({ schema: 'ota-report', again: true });
  sent[2]!.resolve('taken');
  await turn();
  expect(queue.standing.waiting).toBe(0);
});

it('keeps what the broker refuses, and says why', async () => {
  report(1);
  pump.run();
  sent[0]!.reject(new ScansideError('MQTT_REFUSED', 'not authorized'));
  await turn();
  expect(held[0]).toMatch(/MQTT_REFUSED/);
  expect(queue.standing.waiting).toBe(1);
});

it('sends nothing more once its connection has ended', async () => {
  report(1);
  pump.run();
  pump.close();
  sent[0]!.reject(new ScansideError('MQTT_UNREACHABLE', 'closed'));
  await turn();
  clock.advance(60_000);
  pump.run();
  expect(sent).toHaveLength(1);
  expect(held).toEqual([]);
  expect(queue.standing.waiting).toBe(1);
});
