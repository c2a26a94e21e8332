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

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

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
  /** The bundles that are known to be good, newest first, which of them answers, and why none can be exchanged. */
  known: Bundle[] = [bundle];
  running: Bundle[] = [bundle];
  trial = false;
  refusal: string | undefined;
  service!: QualityService;
  #exams = 0;

  #exchange(to: Bundle | undefined): Promise<Bundle | string> {
    const refusal = to ? this.refusal : 'there is none before it';
    if (refusal !== undefined) return Promise.resolve(refusal);
    this.running[0] = to!;
    return Promise.resolve(to!);
  }

  start(bundles: Bundle[] = this.known.slice(0, 1)): void {
    this.running = [...bundles];
    const study = (studyUid: string) =>
      ({ studyUid, identity: { accessionNumber: '', patientId: '', sex: 'F' } }) as Study;
    this.service = new QualityService({
      options: {
        clock: this.clock,
        configuration: parseConfiguration({ dataFolder: this.folder }),
        files: disk,
        log: (_level, event) => void this.log.push(event),
      },
      bundles: this.running,
      models: {
        isOnTrial: () => this.trial,
        goBack: () => this.#exchange(this.known[this.known.indexOf(this.running[0]!) + 1]),
        goForward: () => this.#exchange(this.known[0]),
        recall: (_model, hash) => {
          const found = this.known.find((each) => each.hash === hash);
          if (found) this.running[0] = found;
          return found;
        },
      },
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
    const [by] = this.running;
    const result = {
      studyUid,
      model: 'chest',
      at: this.clock.now(),
      conclusion,
      inputs: [`${studyUid}.1`],
      amends: '',
      bundleHash: by!.hash,
    } as unknown as Result;
    this.results.set(studyUid, [...(this.results.get(studyUid) ?? []), result]);
    this.service.concluded(result, by);
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

  it('stays known over a restart, until somebody answers for the model', async () => {
    sendStrangers(12);
    site.restart();
    expect(site.state).toBe('restricted');
    expect(site.moves).toHaveLength(1);
    const cause = { event: 'released', user: 'ada', reason: 'cause-removed', at: 5 } as const;
    await expect(site.service.move('chest', { ...cause, mover: 'field-engineer' })).rejects.toThrow(
      'field-engineer may not bring released',
    );
    await site.service.move('chest', { ...cause, mover: 'radiologist' });
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

describe('the bundle before', () => {
  const newer = {
    ...bundle,
    hash: 'hash-2',
    manifest: { ...bundle.manifest, identity: { name: 'chest', version: '1.1.0' } },
  } as Bundle;
  const radiologist = { mover: 'radiologist', user: 'ada', at: 5 } as const;

  /** A newer bundle, which misses too much and gets other patients. */
  async function failNewer(): Promise<void> {
    site.known = [newer, bundle];
    site.restart();
    site.report(Array.from({ length: 60 }, (_, at) => at % 3 > 0));
    sendStrangers(12);
    await settled();
  }

  const states = () => site.moves.map(({ isNow, event, mover }) => [isNow, event, mover]);

  it('does its work when a rule has paused the newer one, and says so', async () => {
    await failNewer();
    expect(states().slice(-3)).toEqual([
      ['restricted', 'alarm-raised', 'rule'],
      ['paused', 'alarm-confirmed', 'rule'],
      ['previous', 'previous-proved', 'rule'],
    ]);
    expect(site.moves.at(-1)).toMatchObject({ hash: bundle.hash });
    expect(site.running).toEqual([bundle]);
    expect(site.service.conditions()).toMatchObject([
      { id: 'model-previous', values: { model: 'chest', version: '1.0.0' } },
    ]);
    expect(site.service.temper(bundle, answered(0.9), '9')).toEqual(answered(0.9));
    expect(site.service.temper(newer, answered(0.1), '9')).toMatchObject({
      reason: 'drift-fallback',
    });
  });

  it('goes on over a restart, with charts of its own', async () => {
    await failNewer();
    site.restart();
    await settled();
    expect(site.state).toBe('previous');
    expect(site.running).toEqual([bundle]);
    expect(site.service.models()[0]?.watch.streams()).toEqual([]);
    site.conclude(answered(0.2));
    expect(site.service.models()[0]?.watch.streams()).toMatchObject([{ exams: 1 }]);
  });

  it('gives way to the newer one when a person releases it, under watch', async () => {
    await failNewer();
    const cause = { ...radiologist, event: 'released', reason: 'cause-removed' } as const;
    await site.service.move('chest', cause);
    expect(site.state).toBe('watch');
    expect(site.running).toEqual([newer]);
    expect(site.moves.at(-1)).toMatchObject({ event: 'released', hash: newer.hash, user: 'ada' });
    expect(site.conditions).toEqual([]);
  });

  it('stays where the newer one cannot answer, and whoever released it is told', async () => {
    await failNewer();
    site.refusal = 'rule golden-answer';
    const cause = { ...radiologist, event: 'released', reason: 'cause-removed' } as const;
    await expect(site.service.move('chest', cause)).rejects.toThrow('rule golden-answer');
    expect(site.state).toBe('previous');
  });

  it('does not work where it does not pass here, and is tried again after a restart', async () => {
    site.refusal = 'rule golden-answer';
    await failNewer();
    expect(site.state).toBe('paused');
    expect(site.log).toContain('no model before');
    site.refusal = undefined;
    site.restart();
    await settled();
    expect(site.state).toBe('previous');
  });

  it('is paused when an alarm stands against it too, and stays so', async () => {
    await failNewer();
    sendStrangers(12);
    await settled();
    expect(site.state).toBe('paused');
    site.restart();
    await settled();
    expect(site.running).toEqual([bundle]);
    expect(site.state).toBe('paused');
    expect(site.conditions).toContain('model-paused');
  });

  it('that is gone at a restart makes no bundle trusted that was not', async () => {
    await failNewer();
    site.known = [newer];
    site.restart();
    await settled();
    expect(site.running).toEqual([newer]);
    expect(site.state).toBe('paused');
  });

  it('does not take over from what a person has stopped, unless somebody asks for it', async () => {
    site.known = [newer, bundle];
    site.restart();
    await site.service.move('chest', { ...radiologist, event: 'stopped', reason: 'figures' });
    await settled();
    site.restart();
    await settled();
    expect(site.state).toBe('paused');
    expect(site.running).toEqual([newer]);
    const cause = { event: 'previous-proved', user: 'eve', reason: 'figures', at: 6 } as const;
    await expect(site.service.move('chest', { ...cause, mover: 'radiologist' })).rejects.toThrow(
      'may not bring',
    );
    await site.service.move('chest', { ...cause, mover: 'administrator' });
    expect(site.state).toBe('previous');
    expect(site.running).toEqual([bundle]);
  });

  it('is forgotten when an update has put another in its place', async () => {
    await failNewer();
    const newest = { ...newer, hash: 'hash-3' };
    site.running[0] = newest;
    site.service.replaced('chest');
    expect(site.state).toBe('normal');
    expect(site.moves.at(-1)).toMatchObject({ event: 'replaced', hash: 'hash-3' });
  });
});

it('gives no trust to a bundle that is on trial, also over a restart', () => {
  sendStrangers(12);
  site.trial = true;
  site.restart([{ ...bundle, hash: 'hash-2' }]);
  expect(site.state).toBe('restricted');
  site.trial = false;
  site.restart();
  expect(site.state).toBe('restricted');
});

it('begins anew with another bundle, and says so', () => {
  sendStrangers(12);
  site.restart([{ ...bundle, hash: 'hash-2' }]);
  expect(site.moves.at(-1)).toMatchObject({ event: 'replaced', isNow: 'normal', hash: 'hash-2' });
  expect(site.conditions).toEqual([]);
});

it('does what a command has asked for, once', async () => {
  const asked = { model: 'chest', mover: 'administrator', user: 'eve', reason: 'figures' } as const;
  site.service.store?.trust.ask({ ...asked, event: 'stopped', at: 1 });
  site.service.store?.trust.ask({ ...asked, model: 'gone', event: 'stopped', at: 1 });
  site.clock.advance(3600_000 + pollMs);
  await settled();
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
  expect(site.service.store?.opinions.all()).toMatchObject([{ opinion: 'disagree', at: 3 }]);
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
