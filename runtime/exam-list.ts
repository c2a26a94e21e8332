import type { Clock } from '../device/clock.ts';
import type { Bundle } from '../models/bundle.ts';
import type { Conclusion } from '../models/outcome.ts';
import type { ExamView } from '../panel/source.ts';
import {
  currentResults,
  documentsOf,
  nameOutcome,
  pending,
  type Standing,
  standingOf,
  wordOutcome,
} from './exam-outcome.ts';
import type { DeliveryLedger } from './outbox/delivery-ledger.ts';
import { quarantineReasons, type QuarantineReason } from './spool/admission.ts';
import type { StoredAct } from './spool/act-ledger.ts';
import type { Instance } from './spool/instance.ts';
import type { InstanceLedger, QuarantinedInstance } from './spool/instance-ledger.ts';
import type { Result, Study, StudyLedger } from './spool/study-ledger.ts';
import { type JudgedInstance, mayFlagEarly } from './study/conclusion.ts';
import { analysisName } from './study/unit.ts';

export interface ExamListOptions {
  clock: Clock;
  instances: InstanceLedger;
  studies: StudyLedger;
  deliveries: DeliveryLedger;
  bundles: Bundle[];
  /** Why an exam is STAT; empty where it is not. */
  whyUrgent(raised: boolean, instances: readonly Instance[]): string;
  /** What people did on an exam, oldest first. */
  acts(examId: string): readonly StoredAct[];
  isPaused(): boolean;
  /** What may be said of what was judged of a study so far. */
  conclude(bundle: Bundle, instances: JudgedInstance[], studyUid: string): Conclusion;
  /** Entity tag of the thumbnail of an exam, or empty. */
  thumbnail(examId: string): string;
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

  /** One exam of the list; undefined where it is not there. */
  find(examId: string): ExamView | undefined {
    this.#describeChanged();
    return this.#views.get(examId);
  }

  refresh(studyUid: string): void {
    this.#changed.add(studyUid);
  }

  /** AI has been paused or set to work: what is shown before a study is whole may be another. */
  refreshOpen(): void {
    for (const { id, state } of this.#views.values())
      if (state === 'receiving' || state === 'analysing') this.#changed.add(id);
  }

  /** An exam has been erased. */
  remove(examId: string): void {
    this.#views.delete(examId);
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
      else this.#refreshAside(studyUid);
    }
    this.#changed.clear();
    this.#trim();
  }

  /** What is kept aside changes by what people do. */
  #refreshAside(id: string): void {
    const view = this.#views.get(id);
    if (view?.state === 'quarantined') this.#views.set(id, { ...view, version: ++this.#version });
    else this.#views.delete(id);
  }

  #trim(): void {
    const excess = this.#views.size - longest;
    if (excess <= 0) return;
    const oldest = [...this.#views.values()].sort((a, b) => a.receivedAt - b.receivedAt);
    for (const { id } of oldest.slice(0, excess)) this.#views.delete(id);
  }

  #describe(study: Study): ExamView {
    const { studyUid, state } = study;
    const { bundles, clock, whyUrgent, ...around } = this.#options;
    const instances = around.instances.ofStudy(studyUid);
    const isReported = state === 'reported' || state === 'finished';
    const acts = around.acts(studyUid);
    const results = around.studies.results(studyUid);
    const standing = this.standing(study, instances);
    const bundle = bundles.find(({ manifest }) => manifest.identity.name === standing.model);
    const outcome = wordOutcome(standing, bundle);
    const outcomeId = nameOutcome(outcome, results);
    const delivery = this.#delivery(isReported ? currentResults(results) : [], results);
    return {
      id: studyUid,
      ...study.identity,
      modality: [...new Set(instances.map(({ facts }) => facts.modality))].join(', '),
      images: instances.length,
      receivedAt: study.firstReceivedAt,
      updatedAt: clock.now(),
      version: ++this.#version,
      state: isReported ? delivery.state : state === 'complete' ? 'analysing' : 'receiving',
      outcome,
      outcomeId,
      profile: bundle?.manifest.presentation,
      model: nameModel(bundle, standing),
      demo: bundle !== undefined && bundle.manifest.identity.status !== 'cleared',
      delivery: delivery.delivery,
      destination: delivery.destination,
      resultAt: standing.result?.madeAt ?? this.#firstShownAt(studyUid, outcomeId),
      deliveredAt: this.#deliveredAt(standing, results),
      thumbnail: around.thumbnail(studyUid),
      repeatTaken: acts.some((act) => act.kind === 'repeat-taken' && act.outcomeId === outcomeId),
      urgent: whyUrgent(study.raised, instances),
      late: isReported && currentResults(results).some(({ late }) => late),
    };
  }

  /** What stands of a study now. */
  standing(
    study: Study,
    instances: Instance[] = this.#options.instances.ofStudy(study.studyUid),
  ): Standing {
    const { studies, acts } = this.#options;
    const { studyUid, state } = study;
    const decided = standingOf(study, studies.results(studyUid), acts(studyUid));
    const isOpen = state !== 'reported' && state !== 'finished';
    return isOpen && !decided.conclusion ? this.#early(study, instances) : decided;
  }

  /** A flag is shown as soon as one image raises it; everything else waits until the study is whole. */
  #early({ studyUid, mismatch }: Study, instances: Instance[]): Standing {
    if (mismatch || this.#options.isPaused()) return pending;
    const series = new Map(instances.map((each) => [each.sopInstanceUid, each.seriesUid]));
    for (const bundle of this.#options.bundles) {
      const { manifest, hash } = bundle;
      const { name } = manifest.identity;
      const judged = [...this.#options.studies.analyses(studyUid, analysisName(name, hash))].map(
        ([sopInstanceUid, result]) => ({
          sopInstanceUid,
          seriesUid: series.get(sopInstanceUid) ?? '',
          result,
        }),
      );
      const conclusion = this.#options.conclude(bundle, judged, studyUid);
      if (conclusion.state === 'flagged' && mayFlagEarly(manifest, judged.length))
        return { ...pending, conclusion, model: name };
    }
    return pending;
  }

  /** Of a flag that is in no result yet: since when it stands in the list. */
  #firstShownAt(studyUid: string, outcomeId: string): number | undefined {
    if (outcomeId === '') return undefined;
    const before = this.#views.get(studyUid);
    return before?.outcomeId === outcomeId ? before.resultAt : this.#options.clock.now();
  }

  /** When a PACS first took the report that the outcome stands in. */
  #deliveredAt({ result }: Standing, all: readonly Result[]): number | undefined {
    const times = result
      ? this.#deliveriesOf([result], all).flatMap((each) => each.storedAt ?? [])
      : [];
    return times.length > 0 ? Math.min(...times) : undefined;
  }

  #deliveriesOf(results: readonly Result[], all: readonly Result[]) {
    return results
      .flatMap((result) => documentsOf(result, all))
      .flatMap((uid) => this.#options.deliveries.ofObject(uid));
  }

  #delivery(
    results: readonly Result[],
    all: readonly Result[],
  ): Pick<ExamView, 'state' | 'delivery' | 'destination'> {
    const objects = results.filter(({ sopInstanceUid }) => sopInstanceUid !== '');
    if (results.length > 0 && objects.length === 0)
      return { state: 'reported', delivery: 'on-device', destination: '' };
    const deliveries = this.#deliveriesOf(objects, all);
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

/** The model, with the version that the result is of: a newer one that is in service now has said nothing yet. */
function nameModel(bundle: Bundle | undefined, { result }: Standing): string {
  if (!bundle) return '';
  const { name, version } = bundle.manifest.identity;
  return isOf(result, bundle) ? `${name} ${version}` : name;
}

function isOf(result: Result | undefined, { hash }: Bundle): boolean {
  return !result || result.bundleHash === '' || result.bundleHash === hash;
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
