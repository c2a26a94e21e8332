import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { makePhantomInstance, type PhantomInstance } from '../demo/phantom-study.ts';
import { disk } from '../device/files.ts';
import { ManualClock } from '../device/manual-clock.ts';
import type { Bundle } from '../models/bundle.ts';
import type { InstanceResult } from '../models/outcome.ts';
import { Pipeline, type ReportInput } from '../runtime/pipeline.ts';
import { openDatabase } from '../runtime/spool/database.ts';
import type { DuplicatePolicy } from '../runtime/spool/duplicate.ts';
import { AssociationInbox } from '../runtime/spool/inbox.ts';
import { InstanceLedger } from '../runtime/spool/instance-ledger.ts';
import { Outgoing } from '../runtime/spool/outgoing.ts';
import { makeSpool, recover } from '../runtime/spool/recovery.ts';
import { scanSegment, type StoredRecord } from '../runtime/spool/segment-reader.ts';
import { openSegmentKeys, type SegmentKeys } from '../runtime/spool/segment-keys.ts';
import { StudyLedger } from '../runtime/spool/study-ledger.ts';
import { describeArrival, judgeCompleteness } from '../runtime/study/completeness.ts';
import { concludeStudy } from '../runtime/study/conclusion.ts';
import { routeStudy } from '../runtime/study/routing.ts';
import { planUnits, unitName } from '../runtime/study/unit.ts';

const bundle = {
  folder: '',
  hash: 'hash',
  manifest: {
    identity: { name: 'test-model', version: '1.0.0' },
    applies: {
      modality: ['DX'],
      sopClass: ['1.2.840.10008.5.1.4.1.1.1.1'],
      bodyPart: ['CHEST'],
      viewPosition: ['PA', 'AP'],
      excludedImageType: [],
      minimumSize: 32,
    },
    findings: [{ id: 'nodule', threshold: 0.5 }],
    aggregation: { by: 'highest' },
  },
} as unknown as Bundle;

const scored = (probability: number): InstanceResult => ({
  state: 'analysed',
  maps: [],
  scores: [{ finding: 'nodule', probability }],
});

let sealed = false;

function keysOfSpool(spool: string): SegmentKeys | undefined {
  return sealed ? openSegmentKeys(disk, spool, join(spool, 'root')) : undefined;
}

/** The line with a real spool and real ledgers; model, report and outbox are the test's. */
class Line {
  readonly folder = mkdtempSync(join(tmpdir(), 'scanside-'));
  readonly clock = new ManualClock();
  readonly sent = new Set<string>();
  readonly reports: ReportInput[] = [];
  readonly analysed: string[] = [];
  readonly failures: string[] = [];
  result: InstanceResult = scored(0.9);
  report: 'is sound' | 'breaks a rule' | 'cannot be written' = 'is sound';
  /** How long an analysis takes. */
  takesMs = 0;
  readonly policy: DuplicatePolicy;
  #database = openDatabase(join(this.folder, 'state.db'), disk);
  studies = new StudyLedger(this.#database);
  instances: InstanceLedger;
  pipeline: Pipeline;

  constructor(policy: DuplicatePolicy = 'keep-first') {
    this.policy = policy;
    this.instances = new InstanceLedger(this.#database, disk, policy, keysOfSpool(this.folder));
    this.pipeline = this.#connect();
    makeSpool(disk, this.folder);
  }

  /** What a start does, with or without the state database of the last run. */
  async restart({ keepState }: { keepState: boolean }): Promise<void> {
    this.pipeline.close();
    this.#database.close();
    if (!keepState)
      for (const end of ['', '-wal', '-shm'])
        rmSync(join(this.folder, `state.db${end}`), { force: true });
    this.#database = openDatabase(join(this.folder, 'state.db'), disk);
    this.studies = new StudyLedger(this.#database);
    this.instances = new InstanceLedger(
      this.#database,
      disk,
      this.policy,
      keysOfSpool(this.folder),
    );
    this.pipeline = this.#connect();
    const scan = (name: string, index: (record: StoredRecord) => void) =>
      recover(join(this.folder, name), {
        files: disk,
        keys: keysOfSpool(this.folder),
        scannedTo: (path) => this.instances.scannedTo(path),
        index,
        damaged: ({ path }) => this.failures.push(path),
      });
    await scan('outgoing', (record) => void this.studies.indexResult(record));
    await scan('inbox', (record) => void this.pipeline.receive(record));
    this.pipeline.resume();
    await this.pass();
  }

  async receive(...instances: PhantomInstance[]): Promise<void> {
    const records: StoredRecord[] = [];
    const stored = (extent: object, meta: object) =>
      records.push({ ...extent, meta } as StoredRecord);
    const inbox = new AssociationInbox(
      {
        files: disk,
        clock: this.clock,
        folder: this.folder,
        keys: keysOfSpool(this.folder),
        stored,
      },
      { id: 'a', callingAeTitle: 'CT', calledAeTitle: 'US', peerAddress: '' },
    );
    for (const instance of instances) {
      const sink = inbox.store({ ...instance, messageId: 1 });
      sink.write(instance.dataSet, 0, instance.dataSet.length);
      expect(await sink.end()).toBe(0);
    }
    inbox.close();
    for (const record of records) this.pipeline.receive(record);
    this.clock.advance(1);
  }

  /** Lets a quiet time pass, and everything that follows it happen. */
  async pass(): Promise<void> {
    for (let turn = 0; turn < 2000; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 3));
      this.clock.advance(2000);
      if (turn >= 3 && this.studies.unfinished().length === 0) return;
    }
  }

  #connect(): Pipeline {
    const outgoing = new Outgoing(
      disk,
      this.clock,
      join(this.folder, 'outgoing'),
      keysOfSpool(this.folder),
    );
    return new Pipeline({
      clock: this.clock,
      spool: {
        index: (record) => this.instances.index(record),
        instances: (studyUid) => this.instances.ofStudy(studyUid),
        append: (meta, data) => outgoing.append(meta, data),
      },
      studies: this.studies,
      rules: {
        judgeCompleteness: ({ lastReceivedAt }, instances, now) =>
          judgeCompleteness(
            describeArrival(instances, { open: false, lastReceivedAt, steps: [] }),
            { quietMs: 1000, openQuietMs: 9000 },
            now,
          ),
        withholdConflicts: this.policy === 'quarantine',
        route: (instances) => routeStudy([bundle], instances),
        immediate: (_, instance) => planUnits({ kind: 'image', slices: 1 }, [instance]),
        units: (_, instances) => planUnits({ kind: 'image', slices: 1 }, instances),
        unitName: ({ manifest }, unit) => unitName(manifest.identity.name, unit),
        conclude: ({ manifest }, instances) => concludeStudy(manifest, instances),
        due: (_, { centre }) => centre.receivedAt + 5000,
      },
      analyse: ({ centre }) => {
        this.analysed.push(centre.sopInstanceUid);
        if (this.takesMs > 0) this.clock.advance(this.takesMs);
        return Promise.resolve(this.result);
      },
      buildReport: (input) => {
        if (this.report === 'cannot be written') throw new Error(this.report);
        this.reports.push(input);
        const uid = `2.25.${this.reports.length}`;
        const uids = { sopClassUid: '1.2', sopInstanceUid: uid, seriesInstanceUid: '1.3' };
        const object = { ...uids, dataSet: Buffer.from(uid) };
        if (this.report === 'is sound') return { conclusion: input.conclusion, object, broken: [] };
        const conclusion = { state: 'not-analysed', reason: 'unwritable', detail: '' } as const;
        return { conclusion, object, broken: [{ id: 'evidence', what: '', where: '' }] };
      },
      outbox: { add: (uid) => this.sent.add(uid) },
      changed: () => {},
      completed: () => {},
      failed: (step) => this.failures.push(step),
    });
  }
}

const phantom = (seed: number, change: Partial<Parameters<typeof makePhantomInstance>[0]> = {}) =>
  makePhantomInstance({
    seed,
    size: 64,
    patient: { name: 'TEST^ONE', id: 'T1' },
    studyInstanceUid: '1.2.3',
    ...change,
  });

describe.each(['plain', 'sealed'])('%s', (form) => {
  let line: Line;
  beforeEach(() => {
    sealed = form === 'sealed';
    line = new Line();
  });
  const results = (studyUid = '1.2.3') => line.studies.results(studyUid);

  test('a study becomes one result for its model, and is sent', async () => {
    await line.receive(phantom(1), phantom(2));
    expect(line.analysed, 'analysed before the study is complete').toHaveLength(2);
    expect(line.reports).toEqual([]);
    await line.pass();
    expect(results()).toMatchObject([{ model: 'test-model', conclusion: { state: 'flagged' } }]);
    expect([...line.sent]).toEqual(['2.25.1']);
    expect(line.analysed, 'each image once').toHaveLength(2);
  });

  test('a study that no model is for still gets its one result, with the reason', async () => {
    await line.receive(phantom(1, { bodyPart: 'ABDOMEN' }));
    await line.pass();
    expect(results()).toMatchObject([
      { model: 'dispatcher', conclusion: { state: 'not-analysed', reason: 'out-of-scope' } },
    ]);
    expect(line.analysed).toEqual([]);
    expect(line.sent.size).toBe(1);
  });

  test.each([true, false])(
    'a result that comes later than wanted is filed all the same, and marked beside the object (late: %s)',
    async (late) => {
      line.takesMs = late ? 5001 : 4000;
      await line.receive(phantom(1));
      await line.pass();
      expect(results()).toMatchObject([{ late, conclusion: { state: 'flagged' } }]);
      expect(line.reports).toHaveLength(1);
      expect(JSON.stringify(line.reports[0])).not.toContain('"late"');
      await line.restart({ keepState: false });
      expect(results(), 'read from the segment again').toMatchObject([{ late }]);
    },
  );

  test('a study stays raised over a restart, and is raised once', async () => {
    await line.receive(phantom(1));
    expect([line.studies.raise('1.2.3'), line.studies.raise('1.2.3')]).toEqual([true, false]);
    expect(line.studies.raise('unknown')).toBe(false);
    await line.restart({ keepState: true });
    expect(line.studies.study('1.2.3')?.raised).toBe(true);
  });

  test('the same image again changes nothing', async () => {
    await line.receive(phantom(1));
    await line.pass();
    await line.receive(phantom(1));
    await line.pass();
    expect([results().length, line.analysed.length, line.sent.size]).toEqual([1, 1, 1]);
  });

  test('other bytes under a known UID are kept and do not replace the first', async () => {
    const first = phantom(1);
    await line.receive(first);
    await line.receive(otherBytes(first));
    await line.pass();
    expect(line.instances.ofStudy('1.2.3')).toHaveLength(1);
    expect(line.analysed).toHaveLength(1);
    expect(line.studies.study('1.2.3')?.conflicts).toBe(1);
  });

  test.each([true, false])(
    'use-latest: other bytes replace the first and make a second result (state kept: %s)',
    async (keepState) => {
      line = new Line('use-latest');
      const first = phantom(1);
      await line.receive(first);
      await line.pass();
      line.result = scored(0.1);
      await line.receive(otherBytes(first));
      await line.pass();
      expect(results().map(({ conclusion }) => conclusion.state)).toEqual(['flagged', 'no-flag']);
      expect(line.reports[1]?.predecessor?.sopInstanceUid).toBe('2.25.1');
      await line.restart({ keepState });
      expect(results()).toHaveLength(2);
      expect(line.instances.isInConflict(first.sopInstanceUid)).toBe(true);
    },
  );

  test.each([true, false])(
    'quarantine: a study with conflicting images gets no result that is sent (state kept: %s)',
    async (keepState) => {
      line = new Line('quarantine');
      const first = phantom(1);
      await line.receive(first, otherBytes(first));
      await line.pass();
      const withheld = [
        { sopInstanceUid: '', conclusion: { state: 'not-analysed', reason: 'conflicting-images' } },
      ];
      expect(results()).toMatchObject(withheld);
      await line.restart({ keepState });
      expect(results()).toMatchObject(withheld);
      expect(line.sent.size).toBe(0);
    },
  );

  test('why a study was complete is kept with its result', async () => {
    await line.receive(phantom(1));
    await line.pass();
    const [result] = results();
    const [record] = scanSegment(disk, result!.path, 0, keysOfSpool(line.folder)).records;
    expect(record?.meta['completeness']).toBe('quiet');
  });

  test('a late image makes a second result that names the first, and looks at no image twice', async () => {
    await line.receive(phantom(1));
    await line.pass();
    await line.receive(phantom(2));
    await line.pass();
    expect(results().map(({ inputs }) => inputs.length)).toEqual([1, 2]);
    expect(line.reports[1]?.predecessor?.sopInstanceUid).toBe('2.25.1');
    expect(line.analysed).toHaveLength(2);
  });

  test('two patients in one study: nothing is sent, and the study says why', async () => {
    await line.receive(phantom(1), phantom(2, { patient: { name: 'TEST^TWO', id: 'T2' } }));
    await line.pass();
    expect(results()).toMatchObject([
      { sopInstanceUid: '', conclusion: { state: 'not-analysed', reason: 'patient-mismatch' } },
    ]);
    expect(line.sent.size).toBe(0);
  });

  test('an image that could not be analysed makes the study not analysed', async () => {
    line.result = { state: 'not-analysed', reason: 'model-fault', detail: 'no answer' };
    await line.receive(phantom(1));
    await line.pass();
    expect(results()).toMatchObject([
      { conclusion: { state: 'not-analysed', reason: 'model-fault' } },
    ]);
  });

  test.each([
    ['cannot be written', ''],
    ['breaks a rule', '2.25.1'],
  ] as const)('a result whose report %s is one all the same', async (report, sopInstanceUid) => {
    line.report = report;
    await line.receive(phantom(1));
    await line.pass();
    expect(results()).toMatchObject([{ sopInstanceUid, conclusion: { state: 'not-analysed' } }]);
    expect([line.sent.size, line.failures]).toEqual([sopInstanceUid ? 1 : 0, ['report']]);
  });

  test.each([true, false])('a restart does nothing twice (state kept: %s)', async (keepState) => {
    await line.receive(phantom(1), phantom(2));
    await line.receive(phantom(3, { studyInstanceUid: '1.2.4' }));
    await line.pass();
    const before = [results(), results('1.2.4')];
    await line.restart({ keepState });
    expect([results(), results('1.2.4')]).toEqual(before);
    expect([...line.sent].sort()).toEqual(['2.25.1', '2.25.2']);
    expect(line.reports).toHaveLength(2);
  });

  test.each([true, false])(
    'what was received before a crash is finished after it (state kept: %s)',
    async (keepState) => {
      await line.receive(phantom(1));
      await line.restart({ keepState });
      expect(results()).toMatchObject([{ conclusion: { state: 'flagged' } }]);
    },
  );

  /** Another image under the UID of this one. */
  function otherBytes(instance: PhantomInstance): PhantomInstance {
    const { sopInstanceUid } = instance;
    return { ...phantom(2), sopInstanceUid, dataSet: replaceUid(phantom(2), instance) };
  }
});

/** The data set of one instance under the SOP Instance UID of another; both UIDs are equally long. */
function replaceUid(
  { dataSet, sopInstanceUid }: PhantomInstance,
  other: PhantomInstance,
): Uint8Array {
  const padded = (uid: string) => uid.padEnd(64, '\0');
  const text = Buffer.from(dataSet).toString('latin1');
  const length = Math.max(sopInstanceUid.length, other.sopInstanceUid.length);
  expect(sopInstanceUid.length + (sopInstanceUid.length % 2)).toBe(length + (length % 2));
  return Buffer.from(
    text.replace(
      padded(sopInstanceUid).slice(0, length + (length % 2)),
      padded(other.sopInstanceUid).slice(0, length + (length % 2)),
    ),
    'latin1',
  );
}
