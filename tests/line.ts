import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { makePhantomInstance, type PhantomInstance } from '../demo/phantom-study.ts';
import { disk } from '../device/files.ts';
import { ManualClock } from '../device/manual-clock.ts';
import type { Bundle } from '../models/bundle.ts';
import type { InstanceResult } from '../models/outcome.ts';
import { Pipeline } from '../runtime/pipeline.ts';
import type { Companion, ReportInput } from '../runtime/pipeline-ports.ts';
import { ActLedger, type StoredAct } from '../runtime/spool/act-ledger.ts';
import { openDatabase } from '../runtime/spool/database.ts';
import type { DuplicatePolicy } from '../runtime/spool/duplicate.ts';
import { AssociationInbox } from '../runtime/spool/inbox.ts';
import { InstanceLedger } from '../runtime/spool/instance-ledger.ts';
import { ObjectLedger } from '../runtime/spool/object-ledger.ts';
import { Outgoing } from '../runtime/spool/outgoing.ts';
import { makeSpool, recover } from '../runtime/spool/recovery.ts';
import { type StoredRecord } from '../runtime/spool/segment-reader.ts';
import { openSegmentKeys, type SegmentKeys } from '../runtime/spool/segment-keys.ts';
import { type Result, StudyLedger } from '../runtime/spool/study-ledger.ts';
import { describeArrival, judgeCompleteness } from '../runtime/study/completeness.ts';
import { concludeStudy } from '../runtime/study/conclusion.ts';
import { routeStudy } from '../runtime/study/routing.ts';
import { planUnits, unitName } from '../runtime/study/unit.ts';

export const bundle = {
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

export const scored = (probability: number): InstanceResult => ({
  state: 'analysed',
  maps: [],
  scores: [{ finding: 'nodule', probability }],
});

function keysOfSpool(spool: string, sealed: boolean): SegmentKeys | undefined {
  return sealed ? openSegmentKeys(disk, spool, join(spool, 'root')) : undefined;
}

/** The line with a real spool and real ledgers; model, report and outbox are the test's. */
export class Line {
  readonly folder = mkdtempSync(join(tmpdir(), 'scanside-'));
  readonly clock = new ManualClock();
  readonly sent = new Set<string>();
  readonly reports: ReportInput[] = [];
  readonly analysed: string[] = [];
  readonly failures: string[] = [];
  companions = 0;
  bundles: Bundle[] = [bundle];
  /** The model beside whose report nothing is made before this ends. */
  held: { model: string; until: Promise<void> } | undefined;
  /** Companions that were made, as often as they were. */
  readonly made: string[] = [];
  diskIsFullAt = 0;
  /** What happens while a companion is being made. */
  meanwhile: () => Promise<void> | void = () => undefined;
  result: InstanceResult = scored(0.9);
  report: 'is sound' | 'breaks a rule' | 'cannot be written' = 'is sound';
  /** How long an analysis takes. */
  takesMs = 0;
  /** AI is paused. */
  paused = false;
  /** No analysis ends before this does. */
  analysing: Promise<void> = Promise.resolve();
  /** Results that the line told of. */
  readonly concluded: string[] = [];
  readonly policy: DuplicatePolicy;
  #database = openDatabase(join(this.folder, 'state.db'), disk);
  studies = new StudyLedger(this.#database);
  objects = new ObjectLedger(this.#database);
  acts = new ActLedger(this.#database);
  instances: InstanceLedger;
  pipeline: Pipeline;

  readonly sealed: boolean;

  constructor({
    sealed = false,
    policy = 'keep-first',
  }: { sealed?: boolean; policy?: DuplicatePolicy } = {}) {
    this.sealed = sealed;
    this.policy = policy;
    this.instances = new InstanceLedger(this.#database, disk, policy, this.keys());
    this.pipeline = this.#connect();
    makeSpool(disk, this.folder);
  }

  /** So many key objects beside every report. */
  async *buildCompanions(
    _: ReportInput,
    { sopInstanceUid: reportUid, model }: Result,
  ): AsyncIterable<Companion> {
    if (this.objects.finishedKinds(reportUid).has('key-objects')) return;
    if (this.held?.model === model) await this.held.until;
    for (let number = 1; number <= this.companions; number++) {
      this.made.push(`${reportUid}.${number}`);
      await this.meanwhile();
      if (number === this.diskIsFullAt) throw new Error('the disk is full');
      const sopInstanceUid = `${reportUid}.${number}`;
      yield await Promise.resolve({
        kind: 'key-objects',
        sopClassUid: '1.4',
        sopInstanceUid,
        seriesInstanceUid: '1.5',
        destination: '',
        last: number === this.companions,
        dataSet: Buffer.from(sopInstanceUid),
      });
    }
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
    this.objects = new ObjectLedger(this.#database);
    this.acts = new ActLedger(this.#database);
    this.instances = new InstanceLedger(this.#database, disk, this.policy, this.keys());
    this.pipeline = this.#connect();
    const scan = (name: string, index: (record: StoredRecord) => void) =>
      recover(join(this.folder, name), {
        files: disk,
        keys: this.keys(),
        scannedTo: (path) => this.instances.scannedTo(path),
        index,
        damaged: ({ path }) => this.failures.push(path),
      });
    await scan('outgoing', (record) => {
      if (record.meta['kind'] === undefined) this.studies.indexResult(record);
      else if (record.meta['kind'] === 'act') this.acts.index(record);
      else this.objects.index(record);
    });
    await scan('inbox', (record) => void this.pipeline.receive(record));
    this.pipeline.resume();
    await this.pass();
  }

  /** Keeps an act as the appliance does. */
  async act(act: Pick<StoredAct, 'kind'> & Partial<StoredAct>): Promise<void> {
    const at = this.clock.now();
    const stored: StoredAct = {
      id: `act-${at}`,
      studyUid: '1.2.3',
      user: 'ada',
      role: 'radiologist',
      at,
      outcomeId: '',
      reason: '',
      note: '',
      target: '',
      reports: [],
      ...act,
    };
    const outgoing = new Outgoing(disk, this.clock, join(this.folder, 'outgoing'), this.keys());
    const meta = { kind: 'act', studyUid: stored.studyUid, act: stored };
    this.acts.index(await outgoing.append(meta, new Uint8Array()));
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
        keys: this.keys(),
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
      await this.turn();
      if (turn >= 3 && this.studies.unfinished().length === 0) return;
    }
  }

  async turn(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 3));
    this.clock.advance(2000);
  }

  keys(): SegmentKeys | undefined {
    return keysOfSpool(this.folder, this.sealed);
  }

  #connect(): Pipeline {
    const outgoing = new Outgoing(disk, this.clock, join(this.folder, 'outgoing'), this.keys());
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
        route: (instances) => routeStudy(this.bundles, instances),
        immediate: (_, instance) => planUnits({ kind: 'image', slices: 1 }, [instance]),
        units: (_, instances) => planUnits({ kind: 'image', slices: 1 }, instances),
        unitName: ({ manifest }, unit) => unitName(manifest.identity.name, unit),
        conclude: ({ manifest }, instances) => concludeStudy(manifest, instances),
        due: (_, { centre }) => centre.receivedAt + 5000,
      },
      isPaused: () => this.paused,
      withdrawals: (studyUid) =>
        this.acts.ofStudy(studyUid).flatMap(({ reports, at }) =>
          reports.map((reportUid) => ({
            reportUid,
            at,
            reason: 'false-flag' as const,
            role: 'radiologist' as const,
          })),
        ),
      concluded: ({ sopInstanceUid }) => void this.concluded.push(sopInstanceUid),
      analyse: async ({ centre }) => {
        this.analysed.push(centre.sopInstanceUid);
        await this.analysing;
        if (this.takesMs > 0) this.clock.advance(this.takesMs);
        return this.result;
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
      objects: this.objects,
      buildCompanions: (input, result) => this.buildCompanions(input, result),
      outbox: {
        add: (uid) => void this.sent.add(uid),
        addAll: () =>
          this.objects.all().forEach(({ sopInstanceUid }) => this.sent.add(sopInstanceUid)),
      },
      changed: () => {},
      completed: () => {},
      failed: (step) => this.failures.push(step),
    });
  }
}

export const phantom = (
  seed: number,
  change: Partial<Parameters<typeof makePhantomInstance>[0]> = {},
) =>
  makePhantomInstance({
    seed,
    size: 64,
    patient: { name: 'TEST^ONE', id: 'T1' },
    studyInstanceUid: '1.2.3',
    ...change,
  });
