import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { disk } from '../device/files.ts';
import { openKeyFile } from '../device/keys.ts';
import { ManualClock } from '../device/manual-clock.ts';
import type { Bundle } from '../models/bundle.ts';
import type { Conclusion } from '../models/outcome.ts';
import type { RetrainingTicket } from '../quality/retraining-ticket.ts';
import type { StoredTruth } from '../quality/reference-standard.ts';
import type { Move } from '../quality/trust.ts';
import { parseConfiguration } from '../runtime/config.ts';
import { QualityService } from '../runtime/quality/quality-service.ts';
import type { StoredAct } from '../runtime/spool/act-ledger.ts';
import type { Instance } from '../runtime/spool/instance.ts';
import type { Result, Study } from '../runtime/spool/study-ledger.ts';

export const bundle = {
  folder: '',
  hash: 'hash-1',
  manifest: {
    identity: { name: 'chest', version: '1.0.0' },
    findings: [{ id: 'nodule', threshold: 0.5 }],
    domain: { falseStops: { count: 3, of: 300 } },
  },
} as unknown as Bundle;

export const outside: Conclusion = {
  state: 'not-analysed',
  reason: 'outside-validated-domain',
  detail: '',
};

export const answered = (probability: number): Conclusion => ({
  state: probability >= 0.5 ? 'flagged' : 'no-flag',
  analysed: [],
  missed: [],
  findings: [{ finding: 'nodule', probability, flagged: probability >= 0.5, key: [] }],
});

export const pollMs = 20_000;

export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

/** A device whose line a test plays, and whose models it exchanges. */
export class Site {
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

  /** So many exams of another population: the gate stops all. */
  sendStrangers(count: number): void {
    for (let at = 0; at < count; at++) this.conclude(outside);
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
