import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { makePhantomInstance } from '../demo/phantom-study.ts';
import { disk } from '../device/files.ts';
import { ManualClock } from '../device/manual-clock.ts';
import { parseConfiguration } from '../runtime/config.ts';
import { Housekeeping } from '../runtime/housekeeping.ts';
import { eraseStudy } from '../runtime/spool/erasure.ts';
import { AssociationInbox } from '../runtime/spool/inbox.ts';
import type { StoredAct } from '../runtime/spool/act-ledger.ts';
import { recover } from '../runtime/spool/recovery.ts';
import { readExtent, scanSegment, type StoredRecord } from '../runtime/spool/segment-reader.ts';
import { openStorage, type Storage } from '../runtime/storage.ts';

const dayMs = 24 * 3600_000;
let dataFolder: string;
let clock: ManualClock;
let storage: Storage;

beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), 'scanside-'));
  clock = new ManualClock();
  storage = openStorage(configure(), disk, clock);
});

function configure(change: Record<string, unknown> = {}) {
  const destinations = [{ name: 'PACS', host: '127.0.0.1', port: 104, aeTitle: 'PACS' }];
  return parseConfiguration({ dataFolder, destinations, ...change });
}

/** Receives one image of a study on an association of its own. */
async function receive(studyInstanceUid: string, seed = 1): Promise<StoredRecord> {
  const records: StoredRecord[] = [];
  const inbox = new AssociationInbox(
    {
      files: disk,
      clock,
      folder: storage.spool,
      keys: storage.keys,
      stored: (extent, meta) => void records.push({ ...extent, meta }),
    },
    { id: 'a', callingAeTitle: 'CT', calledAeTitle: 'US', peerAddress: '' },
  );
  const instance = makePhantomInstance({
    seed,
    size: 64,
    patient: { name: 'TEST^ERASED', id: 'T1' },
    studyInstanceUid,
  });
  const sink = inbox.store({ ...instance, messageId: 1 });
  sink.write(instance.dataSet, 0, instance.dataSet.length);
  await sink.end();
  inbox.close();
  storage.instances.index(records[0]!);
  return records[0]!;
}

/** Gives a study its result, as the pipeline does. */
async function report(studyUid: string, sopInstanceUid: string): Promise<StoredRecord> {
  const meta = {
    studyUid,
    sopInstanceUid,
    model: 'test',
    revision: 1,
    at: 1,
    conclusion: { state: 'no-flag' },
    inputs: ['1'],
    sopClassUid: '1.2',
    seriesUid: '1.3',
  };
  const record = await storage.outgoing.append(meta, Buffer.from('report'));
  storage.studies.indexResult(record);
  storage.studies.advance(storage.studies.study(studyUid)!, 'finished');
  storage.deliveries.add(sopInstanceUid, 'PACS', 0);
  return record;
}

function commit(sopInstanceUid: string): void {
  storage.deliveries.apply({ sopInstanceUid, destination: 'PACS' }, 'confirmed');
}

const told: string[] = [];

async function tidy(options: { open?: string; free?: number; change?: object } = {}) {
  const log: string[] = [];
  const housekeeping = new Housekeeping({
    configuration: configure({ ...options.change }),
    clock,
    storage,
    files: { ...disk, space: () => ({ free: options.free ?? 900, total: 1000 }) },
    isOpen: (studyUid) => studyUid === options.open,
    erasing: async (studyUid) => void told.push(`erasing ${studyUid}`),
    erased: async (studyUid) => void told.push(`erased ${studyUid}`),
    log: (_level, event, fields) => void log.push(`${event} ${JSON.stringify(fields)}`),
  });
  await housekeeping.tidy();
  return log;
}

const erase = (studyUid: string) => eraseStudy(studyUid, { ...storage, files: disk });
const kept = () => ['1.2.3', '1.2.4'].filter((uid) => storage.studies.study(uid) !== undefined);

it('leaves nothing of an erased study: not its keys, its segments or its rows; others stay', async () => {
  const [record, again] = [await receive('1.2.3'), await receive('1.2.3')];
  const [other, result] = [await receive('1.2.4', 2), await report('1.2.3', '2.25.1')];
  const copy = join(dataFolder, 'copy.seg');
  writeFileSync(copy, readFileSync(record.path));
  await erase('1.2.3');
  for (const { path } of [record, again, result]) expect(existsSync(path)).toBe(false);
  expect(readdirSync(join(storage.spool, 'keys'))).toHaveLength(1);
  expect(storage.instances.ofStudy('1.2.3')).toEqual([]);
  expect([storage.studies.results('1.2.3'), storage.deliveries.ofObject('2.25.1')]).toEqual([
    [],
    [],
  ]);
  expect(readExtent(disk, other, storage.keys)).toHaveLength(other.length);
  expect(kept()).toEqual(['1.2.4']);
  // Whoever has kept a copy of the segment holds noise.
  writeFileSync(record.path, readFileSync(copy));
  expect(scanSegment(disk, record.path, 0, storage.keys)).toMatchObject({
    records: [],
    damage: [{ code: 'KEY_MISSING' }],
  });
});

/** Keeps what somebody wrote about an exam. */
async function act(studyUid: string): Promise<StoredRecord> {
  const stored: StoredAct = {
    id: `act ${studyUid}`,
    studyUid,
    kind: 'disagree',
    user: 'ada',
    role: 'radiologist',
    at: clock.now(),
    outcomeId: '',
    reason: 'artifact',
    note: 'about a patient',
    target: '',
    reports: [],
  };
  const meta = { kind: 'act', studyUid, act: stored };
  const record = await storage.outgoing.append(meta, new Uint8Array());
  storage.acts.index(record);
  return record;
}

it('erases what people wrote about a study with it, and about an object that was kept aside', async () => {
  await receive('1.2.3');
  const aside = await receive('');
  const written = [await act('1.2.3'), await act(`${aside.path}:${aside.offset}`)];
  const other = await act('1.2.4');
  await erase('1.2.3');
  clock.step(31 * dayMs);
  await tidy({ free: 0 });
  expect(written.map(({ path }) => existsSync(path))).toEqual([false, false]);
  expect(storage.acts.all().map(({ studyUid }) => studyUid)).toEqual(['1.2.4']);
  expect(existsSync(other.path)).toBe(true);
});

it('can be cut off after any step: the next start and the next turn finish it', async () => {
  const [one, two] = [await receive('1.2.3'), await receive('1.2.3', 2)];
  await storage.keys.destroy(one.path);
  const damage: unknown[] = [];
  await recover(join(storage.spool, 'inbox'), {
    files: disk,
    keys: storage.keys,
    scannedTo: (path) => storage.instances.scannedTo(path),
    index: () => undefined,
    damaged: (found) => damage.push(found),
  });
  expect([damage, existsSync(one.path), existsSync(two.path)]).toEqual([[], false, true]);
  await erase('1.2.3');
  expect([kept(), existsSync(two.path)]).toEqual([[], false]);
});

it('erases a study that is taken up again later like a new one', async () => {
  await receive('1.2.3');
  await erase('1.2.3');
  const record = await receive('1.2.3');
  expect(readExtent(disk, record, storage.keys)).toHaveLength(record.length);
  expect(storage.studies.study('1.2.3')).toMatchObject({ state: 'receiving', revision: 1 });
});

it('takes an image whose key is gone, and which is sent again, for a new one', async () => {
  const lost = await receive('1.2.3');
  await report('1.2.3', '2.25.1');
  rmSync(join(storage.spool, 'keys', `${basename(lost.path)}.key`));
  storage.database.close();
  storage = openStorage(configure(), disk, clock);
  const again = await receive('1.2.3');
  expect(storage.instances.ofStudy('1.2.3')).toMatchObject([{ path: again.path }]);
  expect(storage.studies.study('1.2.3')).toMatchObject({ state: 'receiving', revision: 2 });
});

it('erases what was kept aside by age alone', async () => {
  const aside = await receive('');
  expect(aside.path).toContain('quarantine');
  clock.step(31 * dayMs);
  const later = await receive('');
  expect([await tidy({ free: 0 }), existsSync(aside.path), existsSync(later.path)]).toEqual([
    ['quarantine erased {"segments":1}'],
    false,
    true,
  ]);
  expect(storage.instances.quarantined(0)).toHaveLength(1);
});

it('keeps a study until its result is committed, and then for its days', async () => {
  await receive('1.2.3');
  await report('1.2.3', '2.25.1');
  clock.step(400 * dayMs);
  expect([await tidy(), kept()]).toEqual([[], ['1.2.3']]);
  commit('2.25.1');
  expect([await tidy({ change: { destinations: [] } }), kept()]).toEqual([[], ['1.2.3']]);
  expect([await tidy({ open: '1.2.3' }), kept()]).toEqual([[], ['1.2.3']]);
  expect([await tidy({ change: { spool: { keepDays: 500 } } }), kept()]).toEqual([[], ['1.2.3']]);
  told.length = 0;
  expect([await tidy(), kept()]).toEqual([['study erased {"because":"age"}'], []]);
  expect(told).toEqual(['erasing 1.2.3', 'erased 1.2.3']);
});

it('erases before its time, when the disk fills, only what is delivered', async () => {
  for (const [studyUid, result] of [
    ['1.2.3', '2.25.1'],
    ['1.2.4', '2.25.2'],
  ] as const) {
    await receive(studyUid);
    await report(studyUid, result);
  }
  commit('2.25.1');
  expect([await tidy({ free: 150 }), kept()]).toEqual([[], ['1.2.3', '1.2.4']]);
  expect([await tidy({ free: 149 }), kept()]).toEqual([
    ['study erased {"because":"disk"}'],
    ['1.2.4'],
  ]);
});
