import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3-multiple-ciphers';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { disk } from '../../device/files.ts';
import { ManualClock } from '../../device/manual-clock.ts';
import { readMessage } from './contract.ts';
import { MessageQueue } from './message-queue.ts';
import { openQueueDatabase } from './queue-database.ts';
import { chooseDropped } from './queue-rule.ts';

const minute = 60_000;
const secret = '5a'.repeat(32);
let path: string;
let clock: ManualClock;
let queue: MessageQueue;
let damaged: string[];

function open(quotaBytes = 2 ** 20): MessageQueue {
  const database = openQueueDatabase(path, secret, disk, ({ code }) => damaged.push(code));
  queue = new MessageQueue({ database, clock, quotaBytes });
  return queue;
}

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'scanside-queue-'));
  onTestFinished(() => {
    queue.close();
    rmSync(folder, { recursive: true, force: true });
  });
  path = join(folder, 'mqtt.db');
  clock = new ManualClock();
  damaged = [];
  open();
});

const report = (assignment: number) => ({ assignment, state: 'downloading' });
const raised = { event: 'condition-raised', condition: 'disk-low', priority: 'medium' } as const;
const checkpoint = { log: 'ab'.repeat(16), checkpoint: 'A'.repeat(400) };
const telemetry = {
  uptimeSeconds: 1,
  conditions: [],
  heat: { zones: [] },
  work: { engine: 'ready', level: 'full', waiting: 0, undelivered: 0 },
  outcomes: {},
  latency: { relativeError: 0.01, zero: 0, counts: {} },
  disk: { freeBytes: 1, totalBytes: 2 },
  memory: {},
  certificates: [],
  queue: { waiting: 0, dropped: {} },
};

const waiting = () => queue.next(0, 1e9);
const numbers = () => waiting().map(({ seq }) => seq);

describe('the queue', () => {
  it('gives numbers in order and keeps each message until it is acknowledged', () => {
    expect([1, 2, 3].map((each) => queue.add('ota-report', report(each)))).toEqual([1, 2, 3]);
    queue.acknowledge(2);
    queue.acknowledge(2);
    expect(numbers()).toEqual([1, 3]);
    const [first] = waiting();
    expect(readMessage('ota-report', first!.payload)).toEqual({
      ...report(1),
      schema: 1,
      stream: queue.stream,
      seq: 1,
      at: clock.now(),
    });
  });

  it('is the same after a restart, and gives no number twice', () => {
    queue.add('ota-report', report(1));
    queue.add('command-reply', { command: 'ping', status: 'done' }, Buffer.from('abc'));
    queue.acknowledge(2);
    queue.add('command-reply', { command: 'ping', status: 'done' }, Buffer.from('abc'));
    queue.acknowledge(1);
    const { stream } = queue;
    queue.close();
    open();
    expect(queue.stream).toBe(stream);
    expect(waiting()).toMatchObject([{ seq: 3, correlation: Buffer.from('abc'), again: true }]);
    queue.acknowledge(3);
    expect(queue.add('ota-report', report(2))).toBe(4);
    expect(queue.standing).toMatchObject({ waiting: 1, dropped: {} });
  });

  it('says of what was sent before that it may come twice', () => {
    queue.add('event', raised);
    expect(waiting()).toMatchObject([{ again: false }]);
    queue.noteSent(1);
    expect(waiting()).toMatchObject([{ again: true }]);
  });

  it('leaves out the kinds that nobody takes', () => {
    queue.add('event', raised);
    queue.add('ota-report', report(1));
    expect(queue.next(0, 10, new Set(['event']))).toMatchObject([{ seq: 2 }]);
  });

  it('keeps nothing of what its schema does not allow', () => {
    const more = { ...report(1), patient: 'DOE^JOHN' };
    expect(() => queue.add('ota-report', more)).toThrow(/patient/);
    expect(queue.standing).toMatchObject({ waiting: 0, bytes: 0 });
    expect(queue.add('ota-report', report(1))).toBe(1);
  });

  it('is begun anew where it cannot be read, and says so', () => {
    const { stream } = queue;
    queue.add('ota-report', report(1));
    queue.close();
    writeFileSync(path, Buffer.alloc(8192, 7));
    open();
    expect(damaged).toEqual(['MQTT_QUEUE_DAMAGED']);
    expect(queue.stream).not.toBe(stream);
    expect(numbers()).toEqual([]);
  });
});

describe('twelve weeks without a broker', () => {
  it('stay bounded, lose no report and no checkpoint, and are still covered by telemetry', () => {
    const quotaBytes = 2 * 2 ** 20;
    queue.close();
    queue = new MessageQueue({ database: new Database(':memory:'), clock, quotaBytes });
    const begin = clock.now();
    let must = 0;
    // Half-hours: enough to fill the quota many times over.
    for (let at = 0; at < 12 * 7 * 48; at++) {
      clock.advance(30 * minute);
      queue.add('telemetry', telemetry);
      queue.add('event', raised);
      if (at % 2 === 0) must += queue.add('audit-checkpoint', checkpoint) > 0 ? 1 : 0;
      if (at % 48 === 0) must += queue.add('ota-report', report(at + 1)) > 0 ? 1 : 0;
    }
    const { bytes, dropped } = queue.standing;
    expect(bytes).toBeLessThan(quotaBytes);
    expect(dropped['telemetry']).toBeGreaterThan(1000);
    const kept = waiting();
    const undroppable = kept.filter(({ name }) => /^(audit|ota)/.test(name));
    expect(undroppable).toHaveLength(must);
    const times = kept
      .filter(({ name }) => name === 'telemetry')
      .map(({ payload }) => readMessage('telemetry', payload).at);
    expect(times.length).toBeGreaterThan(16);
    expect(times[0]! - begin).toBeLessThan(7 * 24 * 60 * minute);
  }, 60_000);

  it('keep what may not be dropped, where it is more than the quota', () => {
    queue.close();
    open(2000);
    for (let at = 1; at <= 20; at++) {
      queue.add('audit-checkpoint', checkpoint);
      queue.add('telemetry', telemetry);
    }
    expect(waiting().map(({ name }) => name)).toEqual(Array(20).fill('audit-checkpoint'));
    expect(queue.standing.dropped).toEqual({ telemetry: 20 });
  });
});

describe('what is dropped', () => {
  it('is every second one where there are many, else the oldest', () => {
    const many = Array.from({ length: 20 }, (_, at) => at);
    expect(chooseDropped('thin', many)).toEqual([1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    expect(chooseDropped('thin', [4, 5, 6])).toEqual([4]);
    expect(chooseDropped('oldest', many)).toEqual([0, 1, 2, 3, 4]);
    expect(chooseDropped('oldest', [])).toEqual([]);
  });
});
