import { createPublicKey, createSecretKey, generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { Ratchet } from '../audit/chain.ts';
import { envelopeOwner, openEnvelope } from '../audit/envelope.ts';
import { showEvents, type ShownEvent } from '../audit/export.ts';
import { readLog } from '../audit/frame-reader.ts';
import { decodeRecord, openPayload } from '../audit/record.ts';
import { decodeHeader } from '../audit/segment.ts';
import type { Incident } from '../audit/recovery.ts';
import type { Verdict } from '../audit/verify.ts';
import type { Files } from '../device/files.ts';
import { ManualClock } from '../device/manual-clock.ts';
import { auditFolder, eventOf, hospital, openLog, publicKeyOf } from './audit-fixture.ts';
import { faultKinds, faultyFiles, type Fault } from './faults/faulty-files.ts';
import { failure, MemoryDisk } from './faults/memory-disk.ts';
import { Random } from './random-pdu.ts';

/** Small enough that a few groups need several segments. */
const segmentBytes = 3000;

/** Everything that the log of a disk says, verified with both keys. */
function readAll(files: Files, pem: string): { events: ShownEvent[]; verdict: Verdict } {
  const events: ShownEvent[] = [];
  const keys = { publicKey: createPublicKey(pem), hospital: hospital.privateKey };
  const verdict = showEvents(readLog(files, auditFolder), keys, (event) => events.push(event));
  return { events, verdict };
}

function numbersIn(events: ShownEvent[]): number[] {
  return events
    .filter(({ name }) => name === 'instances-received')
    .map(({ fields }) => fields['instances'] as number);
}

test('every record is there when it was acknowledged, in order, and signed at the end', async () => {
  const disk = new MemoryDisk();
  const log = await openLog(disk, { segmentBytes });
  const numbers = Array.from({ length: 60 }, (_, at) => at);
  for (const number of numbers) await log.append(eventOf(number));
  await log.close();
  const { events, verdict } = readAll(disk, log.publicKey);
  expect(verdict.fault).toBeUndefined();
  expect(verdict.signedTo).toBe(verdict.last);
  expect(verdict.segments).toBeGreaterThan(3);
  expect(numbersIn(events)).toEqual(numbers);
  expect(events.map(({ name }) => name)).toEqual([
    'audit-started',
    ...numbers.map(() => 'instances-received'),
    'audit-stopped',
  ]);
  expect(disk.openCount).toBe(0);
});

test('records that come together share one sync', async () => {
  const disk = new MemoryDisk();
  const log = await openLog(disk);
  let syncs = 0;
  const sync = disk.sync.bind(disk);
  disk.sync = (fd) => {
    syncs += 1;
    return sync(fd);
  };
  await Promise.all(Array.from({ length: 500 }, (_, at) => log.append(eventOf(at))));
  expect(syncs).toBe(1);
  await log.close();
});

test('a record is on its way at the latest when the group’s time is over', async () => {
  const clock = new ManualClock();
  const disk = new MemoryDisk();
  const opened = openLog(disk, { clock, groupMs: 100 });
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  const log = await opened;
  const done = log.append(eventOf(1));
  clock.advance(99);
  expect(await Promise.race([done.then(() => 'done'), turns()])).toBe('waits');
  clock.advance(1);
  await done;
  await log.close();
});

async function turns(): Promise<string> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  return 'waits';
}

test('a checkpoint is due after 1000 records, and after five minutes', async () => {
  const clock = new ManualClock();
  const witnessed: string[] = [];
  const log = await openLog(new MemoryDisk(), { clock, witness: (text) => witnessed.push(text) });
  const many = Array.from({ length: 1000 }, (_, at) => log.append(eventOf(at)));
  clock.advance(20);
  await Promise.all(many);
  expect(witnessed).toHaveLength(1);
  const one = log.append(eventOf(1));
  clock.advance(20);
  await one;
  clock.advance(5 * 60_000 - 1);
  await turns();
  expect(witnessed).toHaveLength(1);
  clock.advance(1);
  await turns();
  expect(witnessed).toHaveLength(2);
  await log.close();
  expect(witnessed).toHaveLength(3);
});

test('what the disk holds says nothing of an event', async () => {
  const disk = new MemoryDisk();
  const log = await openLog(disk);
  const fields = { source: 'CANARYAE', studyUid: '1.2.99.4711', patientId: 'CANARY^ID' };
  await log.append({ name: 'instances-received', outcome: 0, fields });
  await log.close();
  for (const name of disk.list(auditFolder)) {
    const bytes = disk.readBytes(`${auditFolder}/${name}`);
    for (const canary of Object.values(fields)) expect(bytes.includes(canary)).toBe(false);
  }
});

test('only the hospital that the log was sealed for reads it', async () => {
  const disk = new MemoryDisk();
  const log = await openLog(disk);
  await log.close();
  const keys = { publicKey: publicKeyOf(log), hospital: generateKeyPairSync('x25519').privateKey };
  expect(() => showEvents(readLog(disk, auditFolder), keys, () => {})).toThrow(
    expect.objectContaining({ code: 'AUDIT_KEY_UNUSABLE' }),
  );
});

test('the quota is told at 95 % and kept; the end of the log can still be written', async () => {
  const disk = new MemoryDisk();
  const quota = 2_000_000;
  const log = await openLog(disk, { quota, segmentBytes: 100_000 });
  const states = new Set<string>();
  const fill = async () => {
    for (let at = 0; at < 20_000; at += 100) {
      states.add(log.space.state);
      await Promise.all(Array.from({ length: 100 }, (_, one) => log.append(eventOf(at + one))));
    }
  };
  await expect(fill()).rejects.toMatchObject({ code: 'AUDIT_FULL' });
  expect([...states]).toEqual(['ok', 'near']);
  expect(log.space.state).toBe('full');
  await log.close();
  const segments = disk.list(auditFolder).filter((name) => name.endsWith('.audit'));
  const sizes = segments.map((name) => disk.readBytes(`${auditFolder}/${name}`).length);
  const used = sizes.reduce((sum, size) => sum + size, 0);
  expect(used).toBeLessThanOrEqual(quota);
  expect(log.space.used).toBe(used);
  expect(readAll(disk, log.publicKey).verdict.fault).toBeUndefined();
});

test.each([
  ['an event that is not in the catalogue', { name: 'free-text', outcome: 0, fields: {} }],
  ['a sentence', { name: 'query', outcome: 0, fields: { protocol: 'the patient is ill' } }],
  ['a field of another event', { name: 'login', outcome: 0, fields: { studyUid: '1.2' } }],
  ['a missing field', { name: 'query', outcome: 0, fields: {} }],
  ['another outcome', { name: 'login', outcome: 1, fields: {} }],
])('%s is refused', async (_what, event) => {
  const log = await openLog(new MemoryDisk());
  await expect(log.append(event as never)).rejects.toMatchObject({ code: 'AUDIT_EVENT_INVALID' });
  await log.close();
});

test('damage is told, recorded and kept, and the log goes on', async () => {
  const disk = new MemoryDisk();
  const first = await openLog(disk);
  for (let at = 0; at < 10; at++) await first.append(eventOf(at));
  await first.close();
  const path = `${auditFolder}/segment-00000001.audit`;
  const bytes = disk.readBytes(path);
  bytes[bytes.length - 500]! ^= 1;
  disk.replace(path, bytes);
  const second = await openLog(disk);
  expect(second.incidents).toEqual([{ kind: 'segment-changed', segment: 1 }]);
  await second.append(eventOf(10));
  await second.close();
  expect(disk.readBytes(path).equals(bytes)).toBe(true);
  expect(disk.exists(`${auditFolder}/segment-00000002.audit`)).toBe(true);
  expect(readAll(disk, second.publicKey).verdict.fault).toMatchObject({ what: 'damaged' });
});

test.each([
  'state.json',
  'segment-00000001.audit',
  'the last segment',
  'all segments behind an old state',
])('what was lost is an incident: %s', async (lost) => {
  const disk = new MemoryDisk();
  const log = await openLog(disk, { segmentBytes });
  const oldState = disk.readBytes(`${auditFolder}/state.json`);
  for (let at = 0; at < 30; at++) await log.append(eventOf(at));
  await log.close();
  const names = disk.list(auditFolder).filter((name) => name.endsWith('.audit'));
  const file = lost === 'the last segment' ? names.at(-1)! : lost;
  if (lost.startsWith('all')) disk.replace(`${auditFolder}/state.json`, oldState);
  else disk.remove(`${auditFolder}/${file}`);
  const before = disk.list(auditFolder).filter((name) => name.endsWith('.audit'));
  const again = await openLog(disk, { segmentBytes });
  expect(again.incidents.length).toBeGreaterThan(0);
  await again.append(eventOf(31));
  await again.close();
  // Its number is not given again.
  if (file.startsWith('segment')) expect(disk.exists(`${auditFolder}/${file}`)).toBe(false);
  expect(disk.list(auditFolder)).toEqual(expect.arrayContaining(before));
});

interface SessionEnd {
  acknowledged: number[];
  /** A disk that fails for a moment is no damage. */
  incidents: readonly Incident[];
}

/** One life of a log: groups of one to four records, told in order. Rejects for nothing. */
async function runSession(files: Files, from: number): Promise<SessionEnd> {
  const acknowledged: number[] = [];
  const log = await openLog(files, { segmentBytes: 1500 }).catch(() => undefined);
  if (!log) return { acknowledged, incidents: [] };
  for (let group = 0; group < 6; group++) {
    const numbers = Array.from({ length: 1 + (group % 4) }, (_, at) => from + 10 * group + at);
    const ends = await Promise.allSettled(numbers.map((number) => log.append(eventOf(number))));
    acknowledged.push(...numbers.filter((_, at) => ends[at]!.status === 'fulfilled'));
  }
  await log.close().catch(() => undefined);
  return { acknowledged, incidents: log.incidents };
}

/** A start on what a fault has left: whole, nothing acknowledged is lost, nothing is there twice, nothing is invented. */
async function findFaults(disk: MemoryDisk, acknowledged: number[]): Promise<string[]> {
  const size = surplusOf(disk);
  const log = await openLog(disk, { segmentBytes: 1500 });
  await log.append(eventOf(999));
  await log.close();
  const { events, verdict } = readAll(disk, log.publicKey);
  const numbers = numbersIn(events);
  const told = events.some(({ name }) => name === 'audit-tail-cut');
  return [
    ...log.incidents.map((incident) => JSON.stringify(incident)),
    ...(verdict.fault ? [JSON.stringify(verdict.fault)] : []),
    ...[...acknowledged, 999]
      .filter((each) => !numbers.includes(each))
      .map((each) => `lost ${each}`),
    ...numbers.filter((each, at) => numbers.indexOf(each) !== at).map((each) => `twice ${each}`),
    ...(size > 0 && !told ? [`${size} bytes cut in silence`] : []),
  ];
}

/** Bytes behind what the state knows. */
function surplusOf(disk: MemoryDisk): number {
  const path = `${auditFolder}/state.json`;
  if (!disk.exists(path)) return 0;
  const { segment, length } = JSON.parse(disk.readText(path)) as Record<string, number>;
  const name = `segment-${String(segment).padStart(8, '0')}.audit`;
  return disk.readBytes(`${auditFolder}/${name}`).length - length!;
}

async function tryFault(fault: Fault): Promise<string[]> {
  const disk = new MemoryDisk();
  const before = await runSession(disk, 100);
  const { acknowledged, incidents } = await runSession(faultyFiles(disk, fault), 200);
  const promised = [...before.acknowledged, ...acknowledged];
  const faults = incidents.map(({ kind }) => kind as string);
  if (disk.openCount > 0 && fault.kind !== 'power') faults.push(`${disk.openCount} files open`);
  for (let cut = 1; cut <= (fault.kind === 'power' ? 6 : 2); cut++) {
    const after = disk.afterPowerCut(new Random(1000 * fault.at + cut));
    faults.push(...(await findFaults(after, promised)).map((what) => `cut ${cut}: ${what}`));
  }
  // The process is killed, and its page cache lives on.
  faults.push(...(await findFaults(disk, promised)));
  return faults.map((what) => `${JSON.stringify(fault)}: ${what}`);
}

test.each(
  faultKinds.flatMap((kind) =>
    (kind === 'power' ? [1] : [1, 3, 10]).map((lasts) => ({ kind, lasts })),
  ),
)('an acknowledged record survives when any $lasts operations fail with $kind', async (row) => {
  const disk = new MemoryDisk();
  await runSession(disk, 100);
  const whole = faultyFiles(disk);
  expect((await runSession(whole, 200)).acknowledged).toHaveLength(13);
  expect(whole.count).toBeGreaterThan(60);
  const faults: string[] = [];
  for (let at = 1; at <= whole.count; at++) faults.push(...(await tryFault({ ...row, at })));
  expect(faults).toEqual([]);
});

/** A disk that renames the file and then cannot say so, for the `at`th replaced file. */
function unsure(disk: MemoryDisk, at: number): MemoryDisk {
  const replace = disk.replace.bind(disk);
  let count = 0;
  disk.replace = (path, content) => {
    replace(path, content);
    count += 1;
    if (count === at) throw failure('EIO');
  };
  return disk;
}

test(
  'a state that was stored although the disk said no is put right, also when the power goes then',
  { timeout: 120_000 },
  async () => {
    const faults: string[] = [];
    for (let at = 1; at <= 20; at++)
      for (let power = 1 + (at % 5); power <= 120; power += 5) {
        const disk = new MemoryDisk();
        const before = await runSession(disk, 100);
        const fault = { kind: 'power', at: power, lasts: 1 } as const;
        const { acknowledged } = await runSession(faultyFiles(unsure(disk, at), fault), 200);
        const after = disk.afterPowerCut(new Random(1000 * at + power));
        const found = await findFaults(after, [...before.acknowledged, ...acknowledged]);
        faults.push(...found.map((what) => `${at}, power at ${power}: ${what}`));
      }
    expect(faults).toEqual([]);
  },
);

test.each(['in the same run', 'after a restart'])(
  'what was made and lost has had other keys than what came in its place, %s',
  async (when) => {
    const disk = new MemoryDisk();
    const log = await openLog(disk);
    const sync = disk.sync.bind(disk);
    disk.sync = () => Promise.reject(failure('EIO'));
    await expect(log.append(eventOf(1))).rejects.toMatchObject({ code: 'AUDIT_UNWRITABLE' });
    const first = readFrames(disk, 1);
    const lost = first.at(-1)!;
    disk.sync = sync;
    const next = when === 'after a restart' ? await openLog(disk) : log;
    await next.append(eventOf(2));
    const [header, record] = readFrames(disk, 2);
    const { logId, number, envelope } = decodeHeader(header!)!;
    const secrets = openEnvelope(hospital.privateKey, envelopeOwner(logId, number), envelope);
    const [old, made] = [decodeRecord(lost)!, decodeRecord(record!)!];
    expect(made.sequence).toBe(old.sequence);
    const key = secrets.firstMacKey;
    expect(new Ratchet(Buffer.from(key)).mac(made.authenticated)).toEqual(made.mac);
    expect(new Ratchet(Buffer.from(key)).mac(old.authenticated)).not.toEqual(old.mac);
    expect(() => openPayload(createSecretKey(secrets.payloadKey), old)).toThrow(
      expect.objectContaining({ code: 'SEAL_BROKEN' }),
    );
  },
);

function readFrames(disk: MemoryDisk, segment: number): Buffer[] {
  const frames = readLog(disk, `${auditFolder}/segment-0000000${segment}.audit`);
  return [...frames].map(({ body }) => body!);
}

test('a start that is broken off anywhere still tells what was cut off', async () => {
  const disk = new MemoryDisk();
  const log = await openLog(disk);
  const state = `${auditFolder}/state.json`;
  const before = disk.readBytes(state);
  await log.append(eventOf(1));
  disk.replace(state, before);
  const torn = surplusOf(disk);
  expect(torn).toBeGreaterThan(0);
  const silent: number[] = [];
  for (let at = 1; at <= 60; at++) {
    const left = disk.afterPowerCut(new Random(at));
    await openLog(faultyFiles(left, { kind: 'power', at, lasts: 1 })).catch(() => undefined);
    const after = left.afterPowerCut(new Random(at));
    const again = await openLog(after);
    await again.close();
    const { events, verdict } = readAll(after, again.publicKey);
    expect(verdict.fault).toBeUndefined();
    const told = events.filter(({ name }) => name === 'audit-tail-cut');
    if (!told.some(({ fields }) => Number(fields['bytes']) >= torn)) silent.push(at);
  }
  expect(silent).toEqual([]);
});

test('the log takes records again when the disk does', async () => {
  const disk = new MemoryDisk();
  const log = await openLog(disk);
  await log.append(eventOf(1));
  const sync = disk.sync.bind(disk);
  disk.sync = (fd) => {
    disk.giveUp(fd);
    return Promise.reject(failure('EIO'));
  };
  await expect(log.append(eventOf(2))).rejects.toMatchObject({ code: 'AUDIT_UNWRITABLE' });
  disk.sync = sync;
  await log.append(eventOf(3));
  await log.close();
  const { events, verdict } = readAll(disk, log.publicKey);
  expect(verdict.fault).toBeUndefined();
  expect(numbersIn(events)).toEqual([1, 3]);
});
