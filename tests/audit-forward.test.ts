import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { AuditLogOptions, AuditLog } from '../audit/log.ts';
import { Forwarder, type ForwarderOptions } from '../audit/forward/forwarder.ts';
import type { AuditSink, Outgoing } from '../audit/forward/sink.ts';
import { decodeRecord } from '../audit/record.ts';
import { ScansideError } from '../device/errors.ts';
import { ManualClock } from '../device/manual-clock.ts';
import { auditFolder, deviceKeys, eventOf, openLog } from './audit-fixture.ts';
import { MemoryDisk } from './faults/memory-disk.ts';

/** A repository that keeps what it is sent, as long as nothing is wrong with it. */
class SmallRepository {
  readonly received: Outgoing[] = [];
  refusal: ScansideError | undefined;
  /** Calls of `send` that are taken before the connection breaks, what they held being lost. */
  breaksAfter = Infinity;
  connections = 0;
  #lose: (error: ScansideError) => void = () => undefined;

  sink(more: Partial<AuditSink> = {}): AuditSink {
    const basics = {
      name: 'siem',
      protocol: 'syslog',
      settleMs: 1000,
      window: 5,
      batch: 4,
    } as const;
    return { ...basics, connect: () => this.#connect(), ...more };
  }

  get sequences(): number[] {
    return this.received.map(({ record }) => record.sequence);
  }

  break(): void {
    this.#lose(new ScansideError('ASSOCIATION_ABORTED', 'the cable'));
  }

  #connect(): ReturnType<AuditSink['connect']> {
    this.connections += 1;
    if (this.refusal) return Promise.reject(this.refusal);
    const losing = Promise.withResolvers<ScansideError>();
    this.#lose = losing.resolve;
    return Promise.resolve({
      send: async (records) => {
        await Promise.resolve();
        // What was handed to a network that fails has been sent for its sender.
        if ((this.breaksAfter -= 1) < 0) this.break();
        else this.received.push(...records);
      },
      lost: losing.promise,
      close: () => this.break(),
    });
  }
}

const running: Forwarder[] = [];
afterEach(() => Promise.all(running.splice(0).map((forwarder) => forwarder.stop())));

function start(
  log: AuditLog,
  more: Partial<ForwarderOptions> & Pick<ForwarderOptions, 'sink' | 'files' | 'clock'>,
) {
  const basics = { log, folder: auditFolder, keys: deviceKeys, random: () => 0 };
  const forwarder = new Forwarder({ ...basics, ...more });
  running.push(forwarder);
  return forwarder;
}

/** Lets everything run that does not wait for time. */
async function settle(): Promise<void> {
  for (let at = 0; at < 40; at++) await turn();
}

async function record(log: AuditLog, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at++) await log.append(eventOf(at));
}

const small: Partial<AuditLogOptions> = { segmentBytes: 3000 };

function oneTo(last: number): number[] {
  return Array.from({ length: last }, (_, at) => at + 1);
}

test('everything arrives in order, over segments, and what is recorded later too', async () => {
  const [files, clock, repository] = [new MemoryDisk(), new ManualClock(), new SmallRepository()];
  const log = await openLog(files, small);
  await record(log, 0, 60);
  const forwarder = start(log, { files, clock, sink: repository.sink() });
  await settle();
  expect(forwarder.status).toMatchObject({ state: 'connecting', backlog: log.end.sequence });
  clock.advance(1000);
  await settle();
  clock.advance(1000);
  expect(forwarder.status).toMatchObject({ state: 'connected', backlog: 0, refused: undefined });
  await record(log, 60, 70);
  await settle();
  expect(log.end.segment).toBeGreaterThan(3);
  expect(repository.sequences).toEqual(oneTo(log.end.sequence));
  expect(repository.received.some(({ again }) => again)).toBe(false);
  await log.close();
});

test('a change of keys and a removal leave as what was signed, and hold up nothing behind them', async () => {
  const [files, clock, repository] = [new MemoryDisk(), new ManualClock(), new SmallRepository()];
  const log = await openLog(files, small);
  const forwarder = start(log, { files, clock, sink: repository.sink() });
  await record(log, 0, 30);
  await settle();
  await log.rotateKey();
  await record(log, 30, 40);
  await log.removeBefore(2);
  await record(log, 40, 44);
  await settle();
  clock.advance(1000);
  await settle();
  expect(forwarder.status).toMatchObject({ state: 'connected', backlog: 0 });
  expect(repository.sequences).toEqual(oneTo(log.end.sequence));
  const signed = repository.received
    .map(({ record: { checkpoint } }) => checkpoint)
    .filter((text) => text !== undefined)
    .map((text) => decodeRecord(Buffer.from(text, 'base64'))?.kind);
  expect(new Set(signed)).toEqual(new Set(['checkpoint', 'key-change', 'removal']));
  await log.close();
});

test('a connection that breaks costs nothing: the window and what had not settled is sent again, marked', async () => {
  const [files, clock, repository] = [new MemoryDisk(), new ManualClock(), new SmallRepository()];
  const log = await openLog(files, small);
  await record(log, 0, 40);
  repository.breaksAfter = 3;
  const forwarder = start(log, { files, clock, sink: repository.sink() });
  await settle();
  expect(forwarder.status).toMatchObject({ state: 'waiting', refused: 'ASSOCIATION_ABORTED' });
  expect(repository.sequences).toEqual(oneTo(12));
  repository.breaksAfter = Infinity;
  clock.advance(600);
  await settle();
  const second = repository.received.slice(12);
  expect(second.map(({ record: { sequence } }) => sequence)).toEqual(oneTo(log.end.sequence));
  // The batch that was lost may have been received as well.
  const marked = second.filter(({ again }) => again).map(({ record: { sequence } }) => sequence);
  expect(marked).toEqual(oneTo(marked.length));
  expect(marked.length).toBeGreaterThan(12);
  clock.advance(1000);
  await settle();
  repository.break();
  await settle();
  clock.advance(600);
  await settle();
  const third = repository.received.slice(12 + log.end.sequence);
  expect(third.length).toBeGreaterThanOrEqual(5);
  expect(third.length).toBeLessThanOrEqual(12);
  expect(third.every(({ again }) => again)).toBe(true);
  await log.close();
});

test('after two days without a network and three restarts everything is there, in order, doubles marked', async () => {
  const [files, clock, repository] = [new MemoryDisk(), new ManualClock(), new SmallRepository()];
  repository.refusal = new ScansideError('PEER_UNREACHABLE', 'the network');
  let written = 0;
  for (let life = 0; life < 3; life++) {
    const log = await openLog(files, small);
    const forwarder = start(log, { files, clock, sink: repository.sink() });
    for (let hour = 0; hour < 16; hour++) {
      await record(log, written, (written += 20));
      clock.advance(3_600_000);
      await settle();
    }
    expect(forwarder.status).toMatchObject({ state: 'waiting', refused: 'PEER_UNREACHABLE' });
    expect(forwarder.status.backlog).toBe(log.end.sequence);
    await forwarder.stop();
    await log.close();
  }
  repository.refusal = undefined;
  repository.breaksAfter = 50;
  const log = await openLog(files, small);
  const forwarder = start(log, { files, clock, sink: repository.sink() });
  for (let at = 0; at < 20; at++) {
    clock.advance(300_000);
    await settle();
    repository.breaksAfter = at < 5 ? 50 : Infinity;
  }
  expect(forwarder.status).toMatchObject({ state: 'connected', backlog: 0 });
  const first = new Set<number>();
  const unmarked = repository.received.filter(({ record: { sequence }, again }) => {
    const isDouble = first.has(sequence);
    first.add(sequence);
    return isDouble && !again;
  });
  expect([...first]).toEqual(oneTo(log.end.sequence));
  expect(unmarked).toEqual([]);
  const studies = repository.received.map(({ record: { event } }) => event?.fields['studyUid']);
  expect(new Set(studies.filter(Boolean)).size).toBe(written);
  expect(repository.connections).toBeGreaterThan(50);
  await log.close();
}, 60_000);

test('a restart knows what may have been sent before', async () => {
  const [files, clock, repository] = [new MemoryDisk(), new ManualClock(), new SmallRepository()];
  const log = await openLog(files, small);
  await record(log, 0, 10);
  const first = start(log, { files, clock, sink: repository.sink() });
  await settle();
  // As a power cut leaves it: nothing has settled, nothing is said on the way out.
  const after = files.afterPowerCut({ bool: () => false, below: () => 0 } as never);
  await first.stop();
  await log.close();
  const again = await openLog(after, small);
  const before = repository.received.length;
  start(again, { files: after, clock, sink: repository.sink() });
  await settle();
  const resent = repository.received.slice(before);
  expect(resent.slice(0, before).every((each) => each.again)).toBe(true);
  expect(resent.at(-1)!.again).toBe(false);
  await again.close();
});

test('a refusal is recorded once until it changes, also over a restart', async () => {
  const [files, clock, repository] = [new MemoryDisk(), new ManualClock(), new SmallRepository()];
  repository.refusal = new ScansideError('AUDIT_SERVER_UNTRUSTED', 'a certificate');
  const log = await openLog(files);
  const first = start(log, { files, clock, sink: repository.sink() });
  const pass = async () => {
    for (let at = 0; at < 5; at++) {
      clock.advance(300_000);
      await settle();
    }
  };
  await pass();
  await first.stop();
  const second = start(log, { files, clock, sink: repository.sink() });
  await pass();
  repository.refusal = new ScansideError('AUDIT_SERVER_MISNAMED', 'a certificate');
  await pass();
  expect(second.status.refused).toBe('AUDIT_SERVER_MISNAMED');
  repository.refusal = undefined;
  await pass();
  const refused = repository.received
    .filter(({ record: { event } }) => event?.name === 'node-refused')
    .map(({ record: { event } }) => event!.fields['reason']);
  expect(refused).toEqual(['AUDIT_SERVER_UNTRUSTED', 'AUDIT_SERVER_MISNAMED']);
  expect(second.status).toMatchObject({ state: 'connected', refused: undefined });
  await log.close();
});

test('what cannot be read is recorded, and keeps nothing else back', async () => {
  const [files, clock, repository] = [new MemoryDisk(), new ManualClock(), new SmallRepository()];
  const log = await openLog(files, small);
  await record(log, 0, 60);
  const path = `${auditFolder}/segment-00000002.audit`;
  const bytes = files.readBytes(path);
  bytes[bytes.length - 300]! ^= 1;
  files.replace(path, bytes);
  const forwarder = start(log, { files, clock, sink: repository.sink() });
  await settle();
  const told = repository.received.filter(
    ({ record: { event } }) => event?.name === 'audit-damaged',
  );
  expect(told.map(({ record: { event } }) => event!.fields)).toMatchObject([
    { reason: 'AUDIT_UNREADABLE', segment: 2 },
  ]);
  expect(forwarder.status.damaged).toEqual([2]);
  const missing = oneTo(log.end.sequence).filter((each) => !repository.sequences.includes(each));
  expect(missing[0]).toBe(told[0]!.record.event!.fields['firstRecord']);
  expect(missing.length).toBeLessThan(5);
  await log.close();
});

test('a log that was begun anew is sent from its start; a place that cannot be read makes everything a double', async () => {
  const [files, clock, repository] = [new MemoryDisk(), new ManualClock(), new SmallRepository()];
  const log = await openLog(files);
  const first = start(log, { files, clock, sink: repository.sink() });
  await settle();
  await first.stop();
  const [cursor] = files.list(auditFolder).filter((name) => name.startsWith('forward-'));
  files.replace(`${auditFolder}/${cursor}`, '{"logId":1');
  start(log, { files, clock, sink: repository.sink() });
  await settle();
  expect(repository.received.at(-1)).toMatchObject({ again: true, record: { sequence: 1 } });
  await log.close();
});

test('recording goes on while a receiver takes nothing', async () => {
  const [files, clock, repository] = [new MemoryDisk(), new ManualClock(), new SmallRepository()];
  const log = await openLog(files, small);
  const losing = Promise.withResolvers<ScansideError>();
  const stuck = {
    send: () => losing.promise.then((error) => Promise.reject(error)),
    lost: losing.promise,
    close: () => losing.resolve(new ScansideError('ASSOCIATION_ABORTED', 'closed')),
  };
  const forwarder = start(log, {
    files,
    clock,
    sink: repository.sink({ connect: () => Promise.resolve(stuck) }),
  });
  await settle();
  await record(log, 0, 50);
  expect(forwarder.status.backlog).toBe(log.end.sequence);
  await forwarder.stop();
  await log.close();
});
