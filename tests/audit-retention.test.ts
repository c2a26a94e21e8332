import { createPublicKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readWitness } from '../audit/checkpoint.ts';
import { chooseSegments, exportLog } from '../audit/export.ts';
import { readLog } from '../audit/frame-reader.ts';
import type { AuditLog } from '../audit/log.ts';
import { firstToKeep, keptSegments, retainLog } from '../audit/retention.ts';
import { segmentName } from '../audit/segment.ts';
import { signingKeysOf } from '../audit/signing-keys.ts';
import { verifyLog, type VerifyOptions } from '../audit/verify.ts';
import type { Files } from '../device/files.ts';
import { ManualClock } from '../device/manual-clock.ts';
import { auditFolder, eventOf, hospital, openLog } from './audit-fixture.ts';
import { faultyFiles } from './faults/faulty-files.ts';
import { MemoryDisk } from './faults/memory-disk.ts';
import { Random } from './random-pdu.ts';

const small = { segmentBytes: 3000 };

async function fill(log: AuditLog, from: number, count: number): Promise<void> {
  for (let at = from; at < from + count; at++) await log.append(eventOf(at));
}

function verify(
  files: Files,
  log: AuditLog,
  more: Partial<VerifyOptions> = {},
  path = auditFolder,
) {
  const publicKey = createPublicKey(log.publicKey);
  return verifyLog(readLog(files, path), { publicKey, hospital: hospital.privateKey, ...more });
}

describe('another signing key', () => {
  test('is followed from the first on, over restarts, by whoever knows the first only', async () => {
    const files = new MemoryDisk();
    const first = await openLog(files, small);
    const { publicKey } = first;
    await fill(first, 0, 20);
    await first.rotateKey();
    await fill(first, 20, 20);
    await first.close();
    const second = await openLog(files, small);
    expect(second.publicKey).toBe(publicKey);
    await second.rotateKey();
    await second.rotateKey();
    await second.close();
    const verdict = verify(files, second);
    expect(verdict).toMatchObject({ fault: undefined, keyChanges: 3, signedTo: verdict.last });
  });

  test('signs nothing of the time before, and the old one nothing behind', async () => {
    const files = new MemoryDisk();
    const log = await openLog(files, small);
    const before = files.readBytes(`${auditFolder}/signing.key`);
    await fill(log, 0, 5);
    await log.rotateKey();
    await log.close();
    // Somebody who has kept the old key goes on with it.
    files.replace(`${auditFolder}/signing.key`, before);
    const stolen = await openLog(files, small);
    await fill(stolen, 5, 5);
    await stolen.close();
    expect(verify(files, log).fault).toMatchObject({ what: 'signature' });
  });

  test('is whole or not there at all when the power goes at any moment', async () => {
    const faults: string[] = [];
    let changes = 0;
    for (let at = 1; at <= 60; at++) {
      const files = new MemoryDisk();
      const log = await openLog(files, small);
      await fill(log, 0, 5);
      await log.close();
      const failing = faultyFiles(files, { kind: 'power', at, lasts: 1 });
      const doomed = await openLog(failing, small).catch(() => undefined);
      const done = await doomed?.rotateKey().then(
        () => true,
        () => false,
      );
      const after = files.afterPowerCut(new Random(at));
      const next = await openLog(after, small);
      await fill(next, 6, 5);
      await next.rotateKey();
      await next.close();
      const { fault, keyChanges } = verify(after, next);
      if (fault ?? (done && keyChanges !== 2)) faults.push(`${at}: ${JSON.stringify(fault)}`);
      changes += keyChanges;
      expect(after.exists(`${auditFolder}/signing.next`)).toBe(false);
    }
    expect(faults).toEqual([]);
    // Some were cut off before, some after.
    expect(changes).toBeGreaterThan(60);
    expect(changes).toBeLessThan(120);
  });

  test('makes a witness that is checked with the key of its time', async () => {
    const files = new MemoryDisk();
    const witnessed: string[] = [];
    const log = await openLog(files, { ...small, witness: (text) => witnessed.push(text) });
    await log.rotateKey();
    await log.close();
    const publicKey = createPublicKey(log.publicKey);
    const text = witnessed.at(-1)!;
    expect(readWitness(text, publicKey)).toBeUndefined();
    const keys = signingKeysOf(readLog(files, auditFolder), publicKey);
    const witness = readWitness(text, keys.at(log.end.sequence))!;
    expect(witness.sequence).toBe(log.end.sequence);
    expect(verify(files, log, { witness }).fault).toBeUndefined();
  });
});

describe('a log whose beginning was removed', () => {
  async function removed() {
    const files = new MemoryDisk();
    const log = await openLog(files, small);
    await fill(log, 0, 30);
    await log.rotateKey();
    await fill(log, 30, 60);
    const before = log.space.used;
    const bytes = await log.removeBefore(log.end.segment - 1);
    return { files, log, before, bytes };
  }

  test('is verified, says where it begins, and has room again', async () => {
    const { files, log, before, bytes } = await removed();
    expect(bytes).toBeGreaterThan(3000);
    expect(log.space.used).toBeLessThan(before - bytes + 1000);
    await log.close();
    const [first] = keptSegments(files, auditFolder);
    expect(first!.number).toBeGreaterThan(2);
    const verdict = verify(files, log);
    expect(verdict).toMatchObject({ fault: undefined });
    expect(verdict.first).toBeGreaterThan(10);
    const again = await openLog(files, small);
    expect(again.incidents).toEqual([]);
    expect(again.space.used).toBe(
      keptSegments(files, auditFolder).reduce((sum, { bytes: each }) => sum + each, 0),
    );
    await again.close();
  });

  test('is a log of missing records where more is gone than was signed, or other', async () => {
    const { files, log } = await removed();
    await log.close();
    const [first] = keptSegments(files, auditFolder);
    files.remove(`${auditFolder}/${segmentName(first!.number)}`);
    expect(verify(files, log).fault).toMatchObject({ what: 'removed', record: 1 });
    const again = await openLog(files, small);
    expect(again.incidents).toEqual([{ kind: 'segment-missing', segment: first!.number }]);
    await again.close();
  });

  test('names what was changed, and not its beginning', async () => {
    const { files, log } = await removed();
    await log.close();
    const [first] = keptSegments(files, auditFolder);
    const path = `${auditFolder}/${segmentName(first!.number)}`;
    const bytes = files.readBytes(path);
    bytes[bytes.length - 200]! ^= 1;
    files.replace(path, bytes);
    expect(verify(files, log).fault).toMatchObject({ what: 'damaged' });
  });

  test('cannot be verified without the changes of keys that went with it', async () => {
    const { files, log } = await removed();
    await log.close();
    files.remove(`${auditFolder}/keys.audit`);
    expect(verify(files, log).fault?.what).toMatch(/signature|removed/);
  });

  async function beforeRemoving(): Promise<MemoryDisk> {
    const files = new MemoryDisk();
    const log = await openLog(files, small);
    await fill(log, 0, 10);
    await log.rotateKey();
    await fill(log, 10, 25);
    await log.close();
    return files;
  }

  async function remove(files: Files): Promise<void> {
    const log = await openLog(files, small).catch(() => undefined);
    await log?.removeBefore(4).catch(() => undefined);
  }

  test('is whole after the power went at any moment of removing', async () => {
    const whole = faultyFiles(await beforeRemoving());
    await remove(whole);
    const faults: string[] = [];
    let kept = 0;
    for (let at = 1; at <= whole.count; at += 2) {
      const files = await beforeRemoving();
      await remove(faultyFiles(files, { kind: 'power', at, lasts: 1 }));
      const after = files.afterPowerCut(new Random(at));
      const next = await openLog(after, small);
      if (next.incidents.length > 0) faults.push(`${at}: ${JSON.stringify(next.incidents)}`);
      await fill(next, 60, 2);
      await next.close();
      const { fault, first } = verify(after, next);
      if (fault) faults.push(`${at}: ${JSON.stringify(fault)}`);
      if (first === 1) kept += 1;
    }
    expect(faults).toEqual([]);
    expect(kept).toBeGreaterThan(10);
    expect(kept).toBeLessThan(Math.floor(whole.count / 2));
  });

  test('is exported with what its verification needs', async () => {
    const { files, log } = await removed();
    await log.close();
    await exportLog(files, auditFolder, '/export');
    expect(verify(files, log, {}, '/export').fault).toBeUndefined();
  });
});

test('an export of a span is verified alone, although the key was changed before it', async () => {
  const files = new MemoryDisk();
  const log = await openLog(files, small);
  await fill(log, 0, 20);
  await log.rotateKey();
  await fill(log, 20, 40);
  await log.close();
  const segments = keptSegments(files, auditFolder);
  const from = segments.at(-2)!.from!;
  await exportLog(files, auditFolder, '/part', { from });
  const verdict = verify(files, log, { partial: true }, '/part');
  expect(verdict).toMatchObject({ fault: undefined, last: log.end.sequence });
  expect(verdict.segments).toBeLessThan(segments.length);
  expect(verify(files, log, {}, '/part').fault).toMatchObject({ what: 'removed' });
  await expect(exportLog(files, auditFolder, '/none', { to: 5 })).rejects.toMatchObject({
    code: 'AUDIT_UNREADABLE',
  });
  expect(files.exists('/none')).toBe(false);
});

test.each([
  [{}, [1, 2, 3]],
  [{ from: 250 }, [2, 3]],
  [{ to: 250 }, [1, 2]],
  [{ from: 200, to: 200 }, [2]],
  [{ from: 900 }, [3]],
  [{ to: 50 }, []],
])('of segments that begin at 100, 200 and 300 a span %j takes %j', (span, numbers) => {
  const segments = [1, 2, 3].map((number) => ({ number, bytes: 1, from: 100 * number }));
  expect(chooseSegments(segments, span)).toEqual(numbers);
});

const day = 86_400_000;

test.each([
  ['nothing is old and there is space', 9, 0.9, 500, 1],
  ['the first two are older than allowed', 9, 0.9, 13, 3],
  ['one is needed to be sent', 2, 0.9, 13, 2],
  ['space is short: the oldest go, as far as it takes', 9, 0.25, 500, 3],
  ['space is short, and all is needed', 1, 0.25, 500, 1],
  ['the one that is written stays always', 9, 0, 0, 4],
])('%s', (_what, needed, share, keepDays, kept) => {
  const segments = [1, 2, 3, 4].map((number) => ({ number, bytes: 10, from: number * day }));
  const now = 16.5 * day;
  expect(firstToKeep(segments, needed, { keepDays, share }, { now, quota: 80 })).toBe(kept);
});

test('nothing is removed that nobody has received', async () => {
  const files = new MemoryDisk();
  const log = await openLog(files, small);
  await fill(log, 0, 60);
  const retained = { log, files, folder: auditFolder, clock: new ManualClock() };
  const rule = { keepDays: 0, share: 0 };
  expect(await retainLog({ ...retained, forwarders: [], rule })).toBe(0);
  const forwarders = [{ neededSegment: 9 }, { neededSegment: 3 }];
  expect(await retainLog({ ...retained, forwarders, rule })).toBeGreaterThan(0);
  expect(keptSegments(files, auditFolder)[0]!.number).toBe(3);
  await log.close();
});
