import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { showEvents, type ShownEvent } from '../audit/export.ts';
import type { AuditSink } from '../audit/forward/sink.ts';
import { readLog } from '../audit/frame-reader.ts';
import { keysOf } from '../device/keys.ts';
import { eagerClock } from '../tests/audit-fixture.ts';
import { MemoryDisk } from '../tests/faults/memory-disk.ts';
import { AuditTrail, readHospitalKey } from './audit-trail.ts';

const hospital = generateKeyPairSync('x25519');
const pem = hospital.publicKey.export({ format: 'pem', type: 'spki' });
const keys = keysOf(Buffer.alloc(32, 7));
const audit = {
  hospitalKeyFile: '/hospital.pem',
  quotaMegabytes: 16,
  refuseWhenNearFull: true,
  forwarders: [],
  keepDays: 366,
};
const event = { studyUid: '1.2.3', instances: 1, source: 'CT1' };

let files: MemoryDisk;
let log: string[];
let changes: number;

beforeEach(() => {
  files = new MemoryDisk();
  files.replace('/hospital.pem', pem);
  log = [];
  changes = 0;
});

async function open(
  change: Partial<typeof audit> | { hospitalKeyFile: undefined } = {},
  sinks: readonly AuditSink[] = [],
) {
  const trail = new AuditTrail({
    clock: eagerClock(),
    files,
    keys,
    configuration: { dataFolder: '/data', audit: { ...audit, ...change } },
    sinks,
    log: (_level, name, fields) => void log.push(`${name} ${JSON.stringify(fields)}`),
    witness: () => {},
    changed: () => changes++,
  });
  await trail.open();
  return trail;
}

function events(): ShownEvent[] {
  const found: ShownEvent[] = [];
  const publicKey = createPublicKey(files.readText('/data/audit/device.pem'));
  const verdict = showEvents(
    readLog(files, '/data/audit'),
    { publicKey, hospital: hospital.privateKey },
    (each) => found.push(each),
  );
  expect(verdict.fault).toBeUndefined();
  return found;
}

test('what is recorded is read by the hospital; what is no value of a field is left out', async () => {
  const trail = await open();
  await trail.record('instances-received', { ...event, address: '', reason: 'two words' });
  await trail.close();
  expect(events()[1]).toMatchObject({ name: 'instances-received', fields: event });
  expect(log).toEqual([]);
});

test('without a hospital’s key the device seals with a pair of its own, the same after a restart', async () => {
  const first = await open({ hospitalKeyFile: undefined });
  await first.close();
  const key = files.readBytes('/data/audit/hospital.key');
  const second = await open({ hospitalKeyFile: undefined });
  await second.record('ai-resumed', {});
  await second.close();
  expect(files.readBytes('/data/audit/hospital.key')).toEqual(key);
  expect(() => events()).toThrow();
  expect(second.facts).toMatchObject({ state: 'ok', unwritable: false, damaged: false });
});

test.each([
  '',
  'no key',
  generateKeyPairSync('ed25519').publicKey.export({ format: 'pem', type: 'spki' }),
])('a file that holds no X25519 key stops the start', (text) => {
  files.replace('/hospital.pem', text);
  expect(() => readHospitalKey(files, '/hospital.pem')).toThrow('AUDIT_KEY_UNUSABLE');
});

test('a disk that takes nothing stops nothing, is told once, and is over when it takes again', async () => {
  const trail = await open();
  await trail.record('ai-resumed', {});
  const { sync } = files;
  files.sync = () => Promise.reject(new Error('EIO'));
  await trail.record('ai-resumed', {});
  await trail.record('ai-resumed', {});
  expect([trail.facts.unwritable, changes]).toEqual([true, 1]);
  expect(log[0]).toMatch(/not recorded in the audit log .*AUDIT_UNWRITABLE/);
  files.sync = sync;
  await trail.record('ai-paused', { reason: 'other' });
  expect([trail.facts.unwritable, changes]).toEqual([false, 2]);
  await trail.close();
  expect(events().map(({ name }) => name)).toEqual([
    'audit-started',
    'ai-resumed',
    'ai-paused',
    'audit-stopped',
  ]);
});

test('near its quota no image is taken, where the site has not said otherwise', async () => {
  const [strict, lax] = [
    await open({ quotaMegabytes: 0.5 }),
    await open({ quotaMegabytes: 0.5, refuseWhenNearFull: false }),
  ];
  expect(strict.admits).toBe(true);
  const inputUids = Array.from({ length: 500 }, (_, at) => `2.25.${'9'.repeat(50)}.${at}`);
  while (strict.facts.state === 'ok')
    await strict.record('instances-received', { ...event, sopInstanceUids: inputUids });
  expect([strict.admits, lax.admits, changes]).toEqual([false, true, 1]);
});

test('an event that misses what it needs is a fault of ours, and none of the disk', async () => {
  const trail = await open();
  await trail.record('ai-paused', {});
  expect(trail.facts.unwritable).toBe(false);
  expect(log[0]).toContain('reason is missing');
});

test('every record is sent to the repositories of the site, and the device says how each stands', async () => {
  const sent: (string | undefined)[] = [];
  const sink: AuditSink = {
    name: 'siem',
    protocol: 'fhir',
    settleMs: 0,
    window: 0,
    batch: 16,
    connect: () =>
      Promise.resolve({
        send: (records) => {
          sent.push(...records.map(({ record }) => record.event?.name));
          return Promise.resolve();
        },
        lost: new Promise(() => undefined),
        close: () => undefined,
      }),
  };
  const trail = await open({}, [sink]);
  await trail.record('ai-resumed', {});
  await expect.poll(() => sent).toContain('ai-resumed');
  const [standing] = trail.facts.forwarders ?? [];
  expect(standing).toMatchObject({ name: 'siem', state: 'connected', refused: undefined });
  await trail.close();
});
