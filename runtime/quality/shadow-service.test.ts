import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { keysOf } from '../../device/keys.ts';
import { ManualClock } from '../../device/manual-clock.ts';
import type { Bundle } from '../../models/bundle.ts';
import type { Conclusion, InstanceResult } from '../../models/outcome.ts';
import { temporaryFolder } from '../../tests/peers/process.ts';
import type { ShadowJob, ShadowResult } from '../inference/shadow-engine.ts';
import type { Instance } from '../spool/instance.ts';
import type { Result } from '../spool/study-ledger.ts';
import { openQualityStore, type QualityStore } from './quality-store.ts';
import { ShadowService } from './shadow-service.ts';

const findings = [{ id: 'nodule', threshold: 0.5 }];

function bundleOf(hash: string, version: string): Bundle {
  return {
    folder: `/${hash}`,
    hash,
    manifest: {
      identity: { name: 'chest', version },
      applies: {
        modality: ['DX'],
        sopClass: ['1.2'],
        bodyPart: ['CHEST'],
        viewPosition: ['PA'],
        excludedImageType: [],
        minimumSize: 32,
      },
      network: { input: { kind: 'image', slices: 1 } },
      findings,
      aggregation: { by: 'highest' },
    },
  } as unknown as Bundle;
}

const active = bundleOf('a'.repeat(64), '1.0.0');
const candidate = bundleOf('b'.repeat(64), '1.1.0');
const scored = (probability: number): InstanceResult => ({
  state: 'analysed',
  scores: [{ finding: 'nodule', probability }],
  maps: [],
});

/** A line that has answered what the test says, and a candidate that answers when the test says. */
class Site {
  readonly clock = new ManualClock();
  readonly log: string[] = [];
  readonly jobs: ShadowJob[] = [];
  readonly #waiting: ((result: ShadowResult | undefined) => void)[] = [];
  readonly #results = new Map<string, Result>();
  /** What the active model said of each study; undefined where it has not looked at it. */
  readonly said = new Map<string, number | undefined>();
  released = 0;
  store: QualityStore | undefined;
  service!: ShadowService;

  connect(folder: string): void {
    this.store = openQualityStore(folder, keysOf(Buffer.alloc(32, 1)));
    this.service = new ShadowService({
      clock: this.clock,
      log: (_level, event) => void this.log.push(event),
      storage: {
        studies: {
          recent: () => [...this.#results.keys()].toReversed().map((studyUid) => ({ studyUid })),
          results: (studyUid: string) => [this.#results.get(studyUid)!],
          analyses: (studyUid: string) => {
            const probability = this.said.get(studyUid);
            return new Map(
              probability === undefined ? [] : [[`${studyUid}.1`, scored(probability)]],
            );
          },
        },
        instances: { ofStudy: (studyUid: string) => [imageOf(studyUid)] },
      } as unknown as ConstructorParameters<typeof ShadowService>[0]['storage'],
      store: () => this.store,
      engine: () => ({
        analyse: (job) => {
          this.jobs.push(job);
          return new Promise((resolve) => void this.#waiting.push(resolve));
        },
        release: () => void (this.released += 1),
      }),
      locate: ({ sopInstanceUid }) => ({
        path: sopInstanceUid,
        offset: 0,
        length: 1,
        transferSyntaxUid: '',
      }),
    });
  }

  /** The active model has answered an exam. */
  conclude(studyUid: string, probability: number, change: Partial<Result> = {}): void {
    const conclusion = { state: probability >= 0.5 ? 'flagged' : 'no-flag' } as Conclusion;
    const result = {
      studyUid,
      model: 'chest',
      bundleHash: active.hash,
      amends: '',
      conclusion,
      ...change,
    } as Result;
    this.#results.set(studyUid, result);
    this.said.set(studyUid, probability);
    this.service.concluded(result, active);
    this.clock.advance(1);
  }

  /** The candidate says so of the study that it is the turn of. */
  async answer(probability: number, ms = 300): Promise<void> {
    this.#waiting.shift()!({ results: [scored(probability)], ms });
    await settled();
  }

  get asked(): string[] {
    return this.jobs.map(({ units }) => units[0]![0]!.path);
  }

  get pairs() {
    return this.store!.shadow.exams('chest');
  }
}

function imageOf(studyUid: string): Instance {
  const facts = {
    modality: 'DX',
    bodyPart: 'CHEST',
    viewPosition: 'PA',
    imageType: [],
    rows: 500,
    columns: 500,
  };
  const uids = { studyUid, seriesUid: `${studyUid}.0`, sopInstanceUid: `${studyUid}.1` };
  return { ...uids, sopClassUid: '1.2', facts } as unknown as Instance;
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

let site: Site;
let folder: string;

beforeEach(() => {
  const temporary = temporaryFolder();
  folder = temporary.path;
  site = new Site();
  site.connect(folder);
  onTestFinished(() => {
    site.store?.database.close();
    temporary.remove();
  });
});

describe('a comparison', () => {
  it('has the candidate look at each exam after the active one, one at a time, and keeps both', async () => {
    site.service.begin(active, candidate, {});
    site.conclude('1.1', 0.9);
    site.conclude('1.2', 0.1);
    expect(site.asked).toEqual(['1.1.1']);
    expect(site.jobs[0]!.bundle).toBe(candidate);
    await site.answer(0.2);
    expect(site.asked).toEqual(['1.1.1', '1.2.1']);
    site.clock.advance(1);
    const { released } = site;
    await site.answer(0.3);
    expect(site.pairs).toMatchObject([
      {
        active: 'flagged',
        candidate: 'no-flag',
        ms: 300,
        answers: [
          { active: { score: 0.9, flagged: true }, candidate: { score: 0.2, flagged: false } },
        ],
      },
      { active: 'no-flag', candidate: 'no-flag' },
    ]);
    expect(site.released).toBe(released + 1);
  });

  it('names no exam by what leads to a patient', async () => {
    site.service.begin(active, candidate, {});
    site.conclude('1.2.840.4711', 0.9);
    await site.answer(0.2);
    const rows = ['shadow_run', 'shadow_exam', 'shadow_answer'].map((table) =>
      site.store!.database.prepare(`SELECT * FROM ${table}`).all(),
    );
    expect(rows.flat()).toHaveLength(3);
    expect(JSON.stringify(rows)).not.toContain('4711');
  });

  it('counts a late word on an exam in place of the earlier one', async () => {
    site.service.begin(active, candidate, {});
    site.conclude('1.1', 0.9);
    await site.answer(0.2);
    site.conclude('1.1', 0.8);
    await site.answer(0.7);
    expect(site.pairs).toMatchObject([{ active: 'flagged', candidate: 'flagged' }]);
  });

  it('takes in what was answered before it began, oldest first, and goes on after a restart', async () => {
    site.conclude('1.1', 0.9);
    site.conclude('1.2', 0.9);
    expect(site.asked).toEqual([]);
    site.service.begin(active, candidate, {});
    expect(site.asked).toEqual(['1.1.1']);
    await site.answer(0.9);
    const begun = site.store!.shadow.find('chest')!.begunAt;
    site.store!.database.close();
    site.clock.advance(3600_000);
    site.connect(folder);
    site.service.begin(active, candidate, {});
    expect(site.asked.at(-1)).toBe('1.2.1');
    await site.answer(0.9);
    expect(site.pairs).toHaveLength(2);
    expect(site.store!.shadow.find('chest')!.begunAt).toBe(begun);
    expect(site.service.standing()).toMatchObject({ hours: 1, comparison: { exams: 2 } });
  });

  it.each<[string, Partial<Result>]>([
    ['of a pause', { conclusion: { state: 'not-analysed', reason: 'paused', detail: '' } }],
    ['of another release', { bundleHash: 'c'.repeat(64) }],
    ['that amends a report', { amends: '1.2.3' }],
  ])('takes in no result %s', (_, change) => {
    site.conclude('1.1', 0.1, change);
    site.service.begin(active, candidate, {});
    expect(site.asked).toEqual([]);
  });

  it('leaves out an exam that the active one has not looked at whole', async () => {
    site.service.begin(active, candidate, {});
    site.conclude('1.1', 0.9);
    site.conclude('1.2', 0.9);
    site.said.set('1.2', undefined);
    site.conclude('1.3', 0.9);
    await site.answer(0.9);
    expect(site.asked).toEqual(['1.1.1', '1.3.1']);
  });

  it('keeps nothing of what is said after it has ended', async () => {
    site.service.begin(active, candidate, {});
    site.conclude('1.1', 0.9);
    site.service.end();
    await site.answer(0.2);
    expect(site.pairs).toEqual([]);
    expect(site.service.standing()).toBeUndefined();
    expect(site.log).toEqual(['comparison begun', 'comparison ended']);
  });

  it('begins anew with another candidate, and what the first has said is gone', async () => {
    site.service.begin(active, candidate, {});
    site.conclude('1.1', 0.9);
    await site.answer(0.2);
    site.service.begin(active, bundleOf('c'.repeat(64), '1.2.0'), { minStudies: 7 });
    expect(site.pairs).toEqual([]);
    expect(site.store!.shadow.find('chest')).toMatchObject({
      candidateVersion: '1.2.0',
      gate: { minStudies: 7, maxDisagreement: 0.1 },
      thresholds: { nodule: [0.5, 0.5] },
    });
  });

  it('compares with the reference standard where it is known', async () => {
    site.service.begin(active, candidate, { minStudies: 1, maxDisagreement: 1 });
    site.conclude('1.1', 0.9);
    await site.answer(0.2);
    expect(site.service.standing()).toMatchObject({
      judgement: { verdict: 'pass' },
      labelled: [{ finding: 'nodule', positives: 0, negatives: 0, comparison: undefined }],
    });
  });

  it('that cannot be kept does not begin', () => {
    const { store } = site;
    site.store = undefined;
    site.service.begin(active, candidate, {});
    site.conclude('1.1', 0.9);
    expect(site.asked).toEqual([]);
    expect(site.service.standing()).toBeUndefined();
    site.store = store;
  });
});
