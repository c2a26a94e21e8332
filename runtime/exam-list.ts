import type { Clock } from '../device/clock.ts';
import type { Bundle } from '../models/bundle.ts';
import type { Conclusion } from '../models/outcome.ts';
import { dispatcher } from '../models/outcome.ts';
import type { ExamOutcome, ExamView } from '../panel/source.ts';
import type { DeliveryLedger } from './outbox/delivery-ledger.ts';
import { quarantineReasons, type QuarantineReason } from './spool/admission.ts';
import type { Instance } from './spool/instance.ts';
import type { InstanceLedger, QuarantinedInstance } from './spool/instance-ledger.ts';
import type { Result, Study, StudyLedger } from './spool/study-ledger.ts';
import { concludeStudy, flaggedFindings, mayFlagEarly } from './study/conclusion.ts';

export interface ExamListOptions {
  clock: Clock;
  instances: InstanceLedger;
  studies: StudyLedger;
  deliveries: DeliveryLedger;
  bundles: Bundle[];
  /** Why an exam is STAT; empty where it is not. */
  whyUrgent(raised: boolean, instances: readonly Instance[]): string;
}

/** What the panel reaches back to, and how many exams at most. */
const reachMs = 24 * 3600_000;
const longest = 500;

/** Exams as the panel shows them, kept ready so that showing them never scans the storage. */
export class ExamList {
  readonly #options: ExamListOptions;
  readonly #views = new Map<string, ExamView>();
  /** Studies that have changed since they were last described: many slices, one description. */
  readonly #changed = new Set<string>();
  #version: number;

  constructor(options: ExamListOptions) {
    this.#options = options;
    // Grows over restarts too: a browser must not take the first versions of a new run for old ones.
    this.#version = options.clock.now() * 1000;
  }

  /** Reads what an earlier run left. */
  load(): void {
    const since = this.#options.clock.now() - reachMs;
    for (const { studyUid } of this.#options.studies.recent(since, longest)) this.refresh(studyUid);
    this.refreshQuarantine();
  }

  /** Newest first. */
  all(): ExamView[] {
    this.#describeChanged();
    return [...this.#views.values()].sort((a, b) => b.receivedAt - a.receivedAt);
  }

  refresh(studyUid: string): void {
    this.#changed.add(studyUid);
  }

  refreshQuarantine(): void {
    for (const instance of this.#options.instances.quarantined(
      this.#options.clock.now() - reachMs,
    )) {
      const id = `${instance.path}:${instance.offset}`;
      if (!this.#views.has(id))
        this.#views.set(id, describeQuarantined(id, instance, ++this.#version));
    }
    this.#trim();
  }

  #describeChanged(): void {
    for (const studyUid of this.#changed) {
      const study = this.#options.studies.study(studyUid);
      if (study) this.#views.set(studyUid, this.#describe(study));
    }
    this.#changed.clear();
    this.#trim();
  }

  #trim(): void {
    const excess = this.#views.size - longest;
    if (excess <= 0) return;
    const oldest = [...this.#views.values()].sort((a, b) => a.receivedAt - b.receivedAt);
    for (const { id } of oldest.slice(0, excess)) this.#views.delete(id);
  }

  #describe(study: Study): ExamView {
    const instances = this.#options.instances.ofStudy(study.studyUid);
    const isReported = study.state === 'reported' || study.state === 'finished';
    const results = isReported ? currentResults(this.#options.studies.results(study.studyUid)) : [];
    const bundle = this.#options.bundles.find(
      ({ manifest }) => manifest.identity.name === results[0]?.model,
    );
    const delivery = this.#delivery(results);
    const outcome = results.length > 0 ? this.#outcome(results) : this.#early(study, instances);
    return {
      id: study.studyUid,
      ...study.identity,
      modality: [...new Set(instances.map(({ facts }) => facts.modality))].join(', '),
      images: instances.length,
      receivedAt: study.firstReceivedAt,
      updatedAt: this.#options.clock.now(),
      version: ++this.#version,
      state: isReported ? delivery.state : study.state === 'complete' ? 'analysing' : 'receiving',
      outcome,
      outcomeId: `${outcome.state}:${results[0]?.sopInstanceUid ?? ''}`,
      profile: bundle?.manifest.presentation,
      model: bundle ? `${bundle.manifest.identity.name} ${bundle.manifest.identity.version}` : '',
      demo: bundle !== undefined && bundle.manifest.identity.status !== 'cleared',
      delivery: delivery.delivery,
      destination: delivery.destination,
      resultAt: undefined,
      deliveredAt: undefined,
      thumbnail: '',
      repeatTaken: false,
      urgent: this.#options.whyUrgent(study.raised, instances),
      late: results.some(({ late }) => late),
    };
  }

  /** Of several models’ results the one that asks for the most attention. */
  #outcome(results: Result[]): ExamOutcome {
    const rank = { flagged: 0, 'not-analysed': 1, 'no-flag': 2 };
    const [first] = results.toSorted((a, b) => rank[a.conclusion.state] - rank[b.conclusion.state]);
    return first ? this.#describeConclusion(first.conclusion, first.model) : { state: 'pending' };
  }

  /** A flag is shown as soon as one image raises it; everything else waits until the study is whole. */
  #early({ studyUid, mismatch }: Study, instances: Instance[]): ExamOutcome {
    if (mismatch) return { state: 'pending' };
    const series = new Map(instances.map((each) => [each.sopInstanceUid, each.seriesUid]));
    for (const { manifest } of this.#options.bundles) {
      const { name } = manifest.identity;
      const judged = [...this.#options.studies.analyses(studyUid, name)].map(
        ([sopInstanceUid, result]) => ({
          sopInstanceUid,
          seriesUid: series.get(sopInstanceUid) ?? '',
          result,
        }),
      );
      const conclusion = concludeStudy(manifest, judged);
      if (conclusion.state === 'flagged' && mayFlagEarly(manifest, judged.length))
        return this.#describeConclusion(conclusion, name);
    }
    return { state: 'pending' };
  }

  #describeConclusion(conclusion: Conclusion, model: string): ExamOutcome {
    const findings =
      this.#options.bundles.find(({ manifest }) => manifest.identity.name === model)?.manifest
        .findings ?? [];
    if (conclusion.state === 'not-analysed') {
      const { reason, detail } = conclusion;
      return { state: 'not-analysed', reason, detail };
    }
    if (conclusion.state === 'no-flag')
      return { state: 'no-flag', findingsChecked: findings.length };
    const flagged = flaggedFindings(conclusion);
    const labels = findings.filter(({ id }) => flagged.includes(id)).map(({ label }) => label);
    return { state: 'flagged', labels, missed: conclusion.missed.length, withdrawn: false };
  }

  #delivery(results: Result[]): Pick<ExamView, 'state' | 'delivery' | 'destination'> {
    const objects = results.filter(({ sopInstanceUid }) => sopInstanceUid !== '');
    if (results.length > 0 && objects.length === 0)
      return { state: 'reported', delivery: 'on-device', destination: '' };
    const deliveries = objects.flatMap(({ sopInstanceUid }) =>
      this.#options.deliveries.ofObject(sopInstanceUid),
    );
    if (deliveries.length === 0) return { state: 'reported', delivery: 'no-pacs', destination: '' };
    const failed = deliveries.find(({ detail }) => detail !== '');
    if (failed)
      return {
        state: 'reported',
        delivery: 'retrying',
        destination: failed.destination,
      };
    if (deliveries.every(({ state }) => state === 'committed'))
      return { state: 'committed', delivery: 'committed', destination: '' };
    if (
      deliveries.every(({ state }) => ['stored', 'commit-requested', 'committed'].includes(state))
    )
      return { state: 'delivered', delivery: 'stored', destination: '' };
    return { state: 'reported', delivery: 'sending', destination: '' };
  }
}

/**
 * The newest result of each model. Where the device itself has spoken last (no model applies, or the images cannot be
 * trusted), what the models said before no longer holds.
 */
export function currentResults(results: Result[]): Result[] {
  const newest = new Map(results.map((result) => [result.model, result]));
  const device = newest.get(dispatcher);
  newest.delete(dispatcher);
  const models = [...newest.values()];
  return device && models.every(({ revision }) => revision < device.revision) ? [device] : models;
}

function describeQuarantined(id: string, instance: QuarantinedInstance, version: number): ExamView {
  const detail = quarantineReasons[instance.reason as QuarantineReason] ?? instance.reason;
  return {
    id,
    patientName: '',
    patientId: '',
    birthDate: '',
    sex: '',
    accessionNumber: '',
    modality: '',
    description: `from ${instance.callingAeTitle}`,
    images: 1,
    receivedAt: instance.receivedAt,
    updatedAt: instance.receivedAt,
    version,
    state: 'quarantined',
    outcome: { state: 'not-analysed', reason: instance.reason, detail },
    outcomeId: `not-analysed:${id}`,
    profile: undefined,
    resultAt: instance.receivedAt,
    deliveredAt: undefined,
    destination: '',
    thumbnail: '',
    repeatTaken: false,
    model: '',
    demo: false,
    delivery: 'none',
    urgent: '',
    late: false,
  };
}
