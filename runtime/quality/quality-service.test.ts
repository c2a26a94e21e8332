import { writeFileSync } from 'node:fs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { disk } from '../../device/files.ts';
import { openKeyFile } from '../../device/keys.ts';
import { ManualClock } from '../../device/manual-clock.ts';
import type { Bundle } from '../../models/bundle.ts';
import type { Conclusion } from '../../models/outcome.ts';
import type { RetrainingTicket } from '../../quality/retraining-ticket.ts';
import type { StoredTruth } from '../../quality/reference-standard.ts';
import type { Move } from '../../quality/trust.ts';
import { parseConfiguration } from '../config.ts';
import type { StoredAct } from '../spool/act-ledger.ts';
import type { Instance } from '../spool/instance.ts';
import type { Result, Study } from '../spool/study-ledger.ts';
import { QualityService } from './quality-service.ts';

const bundle = {
  folder: '',
  hash: 'hash-1',
  manifest: {
    identity: { name: 'chest', version: '1.0.0' },
    findings: [{ id: 'nodule', threshold: 0.5 }],
    domain: { falseStops: { count: 3, of: 300 } },
  },
} as unknown as Bundle;

const outside: Conclusion = {
  state: 'not-analysed',
  reason: 'outside-validated-domain',
  detail: '',
};

const answered = (probability: number): Conclusion => ({
  state: probability >= 0.5 ? 'flagged' : 'no-flag',
  analysed: [],
  missed: [],
  findings: [{ finding: 'nodule', probability, flagged: probability >= 0.5, key: [] }],
});

const pollMs = 20_000;

/** A device whose line a test plays. */
class Site {
  readonly folder = mkdtempSync(join(tmpdir(), 'scanside-quality-'));
  readonly clock = new ManualClock();
  readonly results = new Map<string, Result[]>();
  readonly moves: Move[] = [];
  readonly tickets: RetrainingTicket[] = [];
  readonly log: string[] = [];
  readonly keys = openKeyFile(disk, join(this.folder, 'keys'));
  acts: StoredAct[] = [];
  service!: QualityService;
  #exams = 0;

  start(bundles: Bundle[] = [bundle]): void {
    const study = (studyUid: string) =>
      ({ studyUid, identity: { accessionNumber: '', patientId: '', sex: 'F' } }) as Study;
    this.service = new QualityService({
      options: {
        clock: this.clock,
        configuration: parseConfiguration({ dataFolder: this.folder }),
        log: (_level, event) => void this.log.push(event),
      },
      bundles,
      storage: {
        root: this.keys,
        studies: {
          study,
          analyses: () => new Map(),
          results: (studyUid: string) => this.results.get(studyUid) ?? [],
          recent: () => [...this.results.keys()].map(study),
        },
        instances: { ofStudy: (studyUid: string) => [imageOf(studyUid)] },
        acts: { all: () => this.acts },
      } as unknown as ConstructorParameters<typeof QualityService>[0]['storage'],
      audit: () => ({
        trustMoved: (move) => void this.moves.push(move),
        retrainingDue: (ticket) => void this.tickets.push(ticket),
      }),
      changed: () => undefined,
    });
    this.service.start();
    this.clock.advance(1);
  }

  restart(bundles?: Bundle[]): void {
    this.service.close();
    this.start(bundles);
  }

  /** One result; of a new exam where none is named. */
  conclude(conclusion: Conclusion, studyUid = `1.2.${++this.#exams}`): string {
    const result = {
      studyUid,
      model: 'chest',
      at: this.clock.now(),
      conclusion,
      inputs: [`${studyUid}.1`],
      amends: '',
      bundleHash: bundle.hash,
    } as unknown as Result;
    this.results.set(studyUid, [...(this.results.get(studyUid) ?? []), result]);
    this.service.concluded(result, bundle);
    this.clock.advance(1);
    return studyUid;
  }

  /** Reports that say of so many exams with the finding, each flagged or not, that it is there. */
  report(flags: readonly boolean[]): void {
    const { store } = this.service;
    const truths = flags.map((flagged): StoredTruth => ({
      exam: store!.names.exam(this.conclude(answered(flagged ? 0.9 : 0.1))),
      finding: 'nodule',
      label: 1,
      source: 'radiologist-report',
      reader: 'x',
      selection: 'every',
      probability: 1,
      knownAt: this.clock.now(),
      batch: '',
    }));
    store!.reference.put(truths);
    // As if a command had done it in a process of its own.
    this.clock.advance(3600_000);
  }

  get state(): string | undefined {
    return this.service.models()[0]?.trust.state;
  }

  get conditions(): string[] {
    return this.service.conditions().map(({ id }) => id);
  }
}

function imageOf(studyUid: string): Instance {
  const facts = { modality: 'DX', rows: 2000, sending: { callingAeTitle: 'XR1' } };
  return { sopInstanceUid: `${studyUid}.1`, studyUid, facts } as unknown as Instance;
}

let site: Site;

beforeEach(() => {
  site = new Site();
  onTestFinished(() => {
    site.service.close();
    rmSync(site.folder, { recursive: true });
  });
  site.start();
});

/** So many exams of another population: the gate stops all. */
function sendStrangers(count: number): void {
  for (let at = 0; at < count; at++) site.conclude(outside);
}

describe('an exam', () => {
  it('is counted once, and keeps what was said of it last', () => {
    const exam = site.conclude(answered(0.2));
    site.conclude(answered(0.9), exam);
    const question = { model: 'chest', finding: 'nodule' };
    const kept = site.service.store?.exams.ofPeriod(question, { from: 0, to: 1e15 });
    expect(kept).toMatchObject([{ answer: { score: 0.9, flagged: true }, scanner: 'XR1' }]);
    expect(site.service.models()[0]?.watch.streams()).toMatchObject([{ exams: 1 }]);
  });

  it('that an ended run did not get to is counted by the next one, and none twice', () => {
    site.conclude(answered(0.9));
    site.service.close();
    site.conclude(answered(0.2));
    site.start();
    expect(site.service.models()[0]?.watch.streams()).toMatchObject([{ exams: 2 }]);
  });

  it('that is erased cannot be found by its UID any more', () => {
    const studyUid = site.conclude(answered(0.9));
    site.service.erased(studyUid);
    const rows = site.service.store?.database.prepare('SELECT * FROM exam').all();
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(`"${studyUid}"`);
  });
});

describe('another population', () => {
  it('is told of within twelve exams, and flags are marked from then on', () => {
    sendStrangers(12);
    expect(site.conditions).toEqual(['model-restricted', 'other-population']);
    expect(site.moves).toMatchObject([
      { was: 'normal', isNow: 'restricted', event: 'alarm-raised', mover: 'rule' },
    ]);
    expect(site.service.temper(bundle, answered(0.9), '9')).toMatchObject({ secondLook: true });
  });

  it('stays known over a restart, until somebody answers for the model', () => {
    sendStrangers(12);
    site.restart();
    expect(site.state).toBe('restricted');
    expect(site.moves).toHaveLength(1);
    const cause = { event: 'released', user: 'ada', reason: 'cause-removed', at: 5 } as const;
    expect(() => site.service.move('chest', { ...cause, mover: 'field-engineer' })).toThrow(
      'field-engineer may not bring released',
    );
    site.service.move('chest', { ...cause, mover: 'radiologist' });
    expect(site.state).toBe('watch');
    expect(site.conditions).toEqual([]);
    expect(site.service.models()[0]?.watch.streams()).toEqual([]);
  });

  it('pauses the model where it misses too much as well', () => {
    site.report(Array.from({ length: 60 }, (_, at) => at % 3 > 0));
    expect(site.state).toBe('restricted');
    expect(site.tickets).toMatchObject([{ model: 'chest', finding: 'nodule', positives: 60 }]);
    const flag = site.conclude(answered(0.9));
    sendStrangers(12);
    expect(site.state).toBe('paused');
    expect(site.conditions).toContain('model-paused');
    expect(site.service.temper(bundle, answered(0.1), '9')).toMatchObject({
      state: 'not-analysed',
      reason: 'drift-fallback',
    });
    expect(site.service.temper(bundle, answered(0.9), flag)).toMatchObject({ state: 'flagged' });
    site.restart();
    expect(site.state).toBe('paused');
    expect(site.tickets).toHaveLength(1);
  });
});

it('begins anew with another bundle, and says so', () => {
  sendStrangers(12);
  site.restart([{ ...bundle, hash: 'hash-2' }]);
  expect(site.moves.at(-1)).toMatchObject({ event: 'replaced', isNow: 'normal', hash: 'hash-2' });
  expect(site.conditions).toEqual([]);
});

it('does what a command has asked for, once', () => {
  const asked = { model: 'chest', mover: 'administrator', user: 'eve', reason: 'figures' } as const;
  site.service.store?.trust.ask({ ...asked, event: 'stopped', at: 1 });
  site.service.store?.trust.ask({ ...asked, model: 'gone', event: 'stopped', at: 1 });
  site.clock.advance(3600_000 + pollMs);
  expect(site.state).toBe('paused');
  expect(site.moves).toMatchObject([{ event: 'stopped', user: 'eve', reason: 'figures' }]);
  expect(site.log).toContain('quality: request failed');
  expect(site.service.store?.trust.takeRequests()).toEqual([]);
});

it('keeps opinions apart, and lets them be taken back', () => {
  const act = { studyUid: '1.2.1', user: 'bob', role: 'technologist', at: 3 } as StoredAct;
  site.service.acted({ ...act, id: 'a', kind: 'disagree' });
  site.service.acted({ ...act, id: 'b', kind: 'disagree' });
  site.service.acted({ ...act, id: 'c', kind: 'retract', target: 'a' });
  site.service.acted({ ...act, id: 'd', kind: 'seen' });
  site.service.acted({ ...act, id: 'e', kind: 'agree', studyUid: '1.2.2', at: 4 });
  expect(site.service.store?.opinions.all()).toMatchObject([
    { opinion: 'disagree', at: 3 },
    { opinion: 'agree', at: 4 },
  ]);
  expect(site.service.store?.reference.ofFinding('nodule').size).toBe(0);
});

it('answers when it is closed, and says nothing new', () => {
  sendStrangers(12);
  const before = site.conditions;
  site.service.close();
  expect(site.conditions).toEqual(before);
  expect(site.service.view().models).toBeUndefined();
});

describe('a store that cannot be read', () => {
  it('costs no start and no result, and trusts no model as before', () => {
    site.service.close();
    writeFileSync(join(site.folder, 'quality.db'), 'damaged'.repeat(1000));
    site.start();
    site.conclude(answered(0.9));
    expect(site.conditions).toEqual(['quality-unknown']);
    expect(site.service.temper(bundle, answered(0.9), '9')).toMatchObject({ secondLook: true });
  });

  it('that breaks later is told of in the log', () => {
    site.service.store?.database.exec('DROP TABLE exam');
    site.conclude(answered(0.9));
    expect(site.log).toContain('quality: result failed');
  });
});
