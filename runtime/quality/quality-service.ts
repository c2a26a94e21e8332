import type { Cancel, Clock } from '../../device/clock.ts';
import { type ActiveCondition, raise } from '../../device/conditions.ts';
import { ScansideError } from '../../device/errors.ts';
import type { Bundle } from '../../models/bundle.ts';
import type { UpdateReport } from '../../ota/agent/journal.ts';
import type { Conclusion } from '../../models/outcome.ts';
import { drawForAudit } from '../../quality/audit-sample.ts';
import type { ExamBlock } from '../../quality/exam-block.ts';
import { eventOf } from '../../quality/fallback.ts';
import type { RetrainingTicket } from '../../quality/retraining-ticket.ts';
import { changesOfOthers } from '../../quality/store/database.ts';
import type { ExamRecord } from '../../quality/store/exam-store.ts';
import type { Cause, Move } from '../../quality/trust.ts';
import type { QualityView, ReadingExam } from '../../panel/quality-view.ts';
import type { ApplianceOptions } from '../appliance.ts';
import type { StoredAct } from '../spool/act-ledger.ts';
import type { Result } from '../spool/study-ledger.ts';
import type { Storage } from '../storage.ts';
import type { BundleSwitch } from './bundle-switch.ts';
import { type Observed, recordsOf, streamExamOf } from './exam-record.ts';
import { ModelTrust, type Watched } from './model-trust.ts';
import { readBundleReference } from './bundle-reference.ts';
import { ModelWatch } from './model-watch.ts';
import { openQualityStore, type QualityStore } from './quality-store.ts';
import { keepReading, listReadings, type SaidReading } from './blind-reading.ts';
import { viewQuality } from './quality-view.ts';
import { temperConclusion } from './temper.ts';
import { conditionsOf, verdictsOf } from './verdict.ts';
import { analysisName } from '../study/unit.ts';

export interface QualityParts {
  options: Pick<ApplianceOptions, 'clock' | 'configuration' | 'files' | 'log'>;
  bundles: readonly Bundle[];
  storage: Pick<Storage, 'root' | 'studies' | 'instances' | 'acts'>;
  models: BundleSwitch;
  /** Told of every move of the fallback and of every ticket. */
  audit(): {
    trustMoved(move: Move, bundle: Bundle): void;
    retrainingDue(ticket: RetrainingTicket, bundle: Bundle): void;
  };
  changed(): void;
}

/** How often it is looked for what a command has brought. */
const pollMs = 20_000;
/** An hour makes other exams those of the last thirty days. */
const judgeAgainMs = 3600_000;
/** How far back results are looked for that an ended run did not get to. */
const reachMs = 24 * 3600_000;
const mostStudies = 2000;
/** A year of exams is not read for every look at the page. */
const viewMs = 60_000;
const unreadable: QualityView = {
  models: undefined,
  disagreements: 0,
  audits: { waiting: 0, listed: [] },
};

/**
 * What the results tell of the models, and how far these are trusted because of it. It stands beside the line: nothing of
 * it is waited for, and what goes wrong here costs no result. Where its store cannot be read, nobody can say how far a
 * model was trusted: then every flag is marked for a second look.
 */
export class QualityService {
  readonly #parts: QualityParts;
  readonly #clock: Clock;
  readonly #store: QualityStore | undefined;
  readonly #trust: ModelTrust | undefined;
  readonly #waiting: { result: Result; bundle: Bundle }[] = [];
  #cancel: Cancel = () => undefined;
  #draining: Cancel | undefined;
  #isClosed = false;
  #seenChanges = 0;
  /** Made anew after whatever changes it: it is asked for with every look at the device. */
  #conditions: ActiveCondition[] | undefined;
  #view: { at: number; view: QualityView } | undefined;
  #judgedAt = 0;

  constructor(parts: QualityParts) {
    this.#parts = parts;
    this.#clock = parts.options.clock;
    this.#store = this.#open();
    this.#trust = this.#store && this.#connectTrust(this.#store);
  }

  get store(): QualityStore | undefined {
    return this.#store;
  }

  /** Takes up what an ended run did not get to, and looks for news from then on. */
  start(): void {
    if (!this.#store) return;
    this.#trust?.start();
    const { storage, bundles } = this.#parts;
    const { studies } = storage;
    for (const act of storage.acts.all()) this.acted(act);
    for (const { studyUid } of studies.recent(this.#clock.now() - reachMs, mostStudies))
      for (const result of studies.results(studyUid))
        this.concluded(
          result,
          bundles.find(({ hash }) => hash === result.bundleHash),
        );
    this.#poll();
  }

  close(): void {
    this.#cancel();
    this.#draining?.();
    while (this.#waiting.length > 0) this.#countNext();
    this.#isClosed = true;
    this.#trust?.close();
    this.#store?.database.close();
  }

  /** A model has said something of an exam. Never throws, and does nothing before the caller goes on. */
  concluded(result: Result, bundle: Bundle | undefined): void {
    if (!this.#store || this.#isClosed || !bundle || result.amends !== '') return;
    this.#waiting.push({ result, bundle });
    this.#draining ??= this.#clock.after(0, () => this.#drain());
  }

  /** Somebody has done something on an exam. */
  acted({ id, kind, studyUid, role, at, target }: StoredAct): void {
    const store = this.#store;
    if (!store) return;
    this.#try('opinion', () => {
      if (kind === 'retract') store.opinions.remove(target);
      if (kind !== 'agree' && kind !== 'disagree' && kind !== 'withdraw') return;
      const opinion = kind === 'agree' ? 'agree' : 'disagree';
      const from = role === 'technologist' ? 'technologist' : 'radiologist';
      const exam = store.names.exam(studyUid);
      store.opinions.put(id, { exam, opinion, role: from, at });
    });
  }

  /** An exam has been erased: nothing here leads back to it. */
  erased(studyUid: string): void {
    this.#try('erasure', () => this.#store?.exams.forget(studyUid));
  }

  /** What may be said of a conclusion of a model. */
  temper(bundle: Bundle, conclusion: Conclusion, studyUid: string): Conclusion {
    const { name } = bundle.manifest.identity;
    const state = this.#trust?.stateOf(name, bundle.hash) ?? 'restricted';
    if (state === 'normal' || state === 'watch') return conclusion;
    const earlier = this.#parts.storage.studies
      .results(studyUid)
      .findLast(({ model, amends }) => model === name && amends === '');
    return temperConclusion(conclusion, state, earlier?.conclusion.state === 'flagged');
  }

  /** What people should know of how good the models are. */
  conditions(): ActiveCondition[] {
    if (!this.#store) return [raise('quality-unknown')];
    if (!this.#isClosed)
      this.#try('conditions', () => (this.#conditions ??= this.#drawConditions()));
    return this.#conditions ?? [];
  }

  #drawConditions(): ActiveCondition[] {
    return this.models().flatMap(({ bundle, watch, trust }) => {
      const streams = watch.streams();
      const { identity } = bundle.manifest;
      return conditionsOf(identity, trust.state, streams, verdictsOf(streams, watch.findings));
    });
  }

  /** Drawn exams that a user has still to read. */
  readings(user: string): ReadingExam[] {
    const { storage, bundles, options } = this.#parts;
    const store = this.#store;
    if (!store || this.#isClosed) return [];
    const { readers } = options.configuration.quality;
    return listReadings(store, { reader: store.names.reader(user), readers }, bundles, storage);
  }

  /** Keeps what a reader says. Durable on return. Throws ACT_REFUSED where it was not asked of this reader. */
  read(user: string, said: SaidReading): void {
    const store = this.#store;
    if (!store) throw new ScansideError('ACT_REFUSED', 'nothing can be kept of it');
    const { readers } = this.#parts.options.configuration.quality;
    const by = { reader: store.names.reader(user), readers, at: this.#clock.now() };
    keepReading(store, by, said);
  }

  /** What the page shows; made anew after a minute, or after whatever moves a model. */
  view(): QualityView {
    const now = this.#clock.now();
    if (!this.#view || Math.abs(now - this.#view.at) > viewMs)
      this.#try('view', () => this.#draw(now));
    return this.#view?.view ?? unreadable;
  }

  #draw(now: number): void {
    const { storage } = this.#parts;
    if (!this.#store || this.#isClosed) return;
    this.#view = { at: now, view: viewQuality(this.#store, this.models(), storage.studies, now) };
  }

  /** Every model and how it stands. */
  models(): readonly Readonly<Watched>[] {
    return this.#trust?.all() ?? [];
  }

  /** A person or a command moves a model. Durable when it resolves. Rejects with ACT_REFUSED where that cannot be. */
  async move(model: string, cause: Cause): Promise<void> {
    if (!this.#trust) throw new ScansideError('ACT_REFUSED', 'nothing can be kept of it');
    await this.#trust.move(model, cause);
  }

  /** An update has put another bundle in a model's place for good, or has given its place back. */
  updated({ state, group }: Pick<UpdateReport, 'state' | 'group'>): void {
    this.#try('update', () => {
      if (state === 'committed') this.#trust?.replaced(group);
      if (state === 'rolled-back') this.#trust?.returned(group);
    });
  }

  /** Without the bundle's own reference the scanner's exams are still held against each other. */
  #watch(store: QualityStore, bundle: Bundle): ModelWatch {
    let reference: ExamBlock | undefined;
    this.#try('reference', () => {
      reference = readBundleReference(bundle, this.#parts.options.files);
    });
    return new ModelWatch(store, bundle, reference);
  }

  #connectTrust(store: QualityStore): ModelTrust {
    const { options, bundles, models, audit, changed } = this.#parts;
    const { clock, log } = options;
    return new ModelTrust({
      clock,
      log,
      store,
      bundles,
      models,
      watch: (bundle) => this.#watch(store, bundle),
      told: (move, bundle) => {
        this.#conditions = undefined;
        this.#view = undefined;
        audit().trustMoved(move, bundle);
      },
      changed,
    });
  }

  #open(): QualityStore | undefined {
    const { options, storage } = this.#parts;
    try {
      return openQualityStore(options.configuration.dataFolder, storage.root);
    } catch (error) {
      options.log('error', 'quality store', { error: String(error) });
      return undefined;
    }
  }

  /** One result at a time: each waits for the disk, and the line must not wait for many. */
  #drain(): void {
    this.#countNext();
    this.#draining =
      this.#waiting.length > 0 ? this.#clock.after(0, () => this.#drain()) : undefined;
  }

  #countNext(): void {
    const next = this.#waiting.shift();
    if (next) this.#try('result', () => this.#count(next.result, next.bundle));
  }

  #count(result: Result, bundle: Bundle): void {
    const { name: model } = bundle.manifest.identity;
    const [store, watched] = [this.#store, this.#trust?.find(model)];
    if (!store || !watched) return;
    const before = store.exams.cameAt(store.names.exam(result.studyUid), model);
    // What is counted already is met again at every start.
    if (before !== undefined && before >= result.at) return;
    const observed = this.#observe(result, bundle);
    if (!observed) return;
    const { site } = this.#parts.options.configuration.quality;
    const records = recordsOf(observed, store.names, site);
    // Late images change what is said of an exam; they make no second exam of it.
    const counted = before === undefined ? streamExamOf(observed) : undefined;
    // Charts are of one bundle; another may answer while it is on trial.
    const isOwn = bundle.hash === watched.bundle.hash;
    store.database.transaction(() => {
      for (const record of records) this.#keep(store, record, bundle);
      if (counted && isOwn && records[0]) watched.watch.observe(records[0], counted);
    })();
    if (counted && isOwn) this.#follow(watched);
  }

  /** A result with all that it is of; undefined where its study is gone meanwhile. */
  #observe(result: Result, bundle: Bundle): Observed | undefined {
    const { studies, instances } = this.#parts.storage;
    const study = studies.study(result.studyUid);
    const covered = new Set(result.inputs);
    const own = instances
      .ofStudy(result.studyUid)
      .filter(({ sopInstanceUid }) => covered.has(sopInstanceUid));
    if (!study || own.length === 0) return undefined;
    const answers = studies.analyses(
      result.studyUid,
      analysisName(bundle.manifest.identity.name, bundle.hash),
    );
    return { result, bundle, study, instances: own, answers };
  }

  #keep(store: QualityStore, record: ExamRecord, { manifest }: Bundle): void {
    store.exams.put(record);
    const { exam, model, finding, answer } = record;
    const threshold = manifest.findings.find(({ id }) => id === finding)?.threshold;
    if (!('score' in answer) || threshold === undefined) return;
    const shares = this.#parts.options.configuration.quality.audit;
    const plan = { ...shares, secret: store.names.lot, doubtfulFrom: threshold / 2 };
    const { drawn, probability } = drawForAudit(plan, `${exam} ${model} ${finding}`, answer);
    if (drawn) store.audit.put({ exam, model, finding, probability, drawnAt: this.#clock.now() });
  }

  /** Moves a model as its rules say. */
  #follow(watched: Watched): void {
    const { watch } = watched;
    const event = eventOf(verdictsOf(watch.streams(), watch.findings));
    if (event) this.#trust?.follow(watched, event);
    this.#conditions = undefined;
    this.#parts.changed();
  }

  #poll(): void {
    this.#try('poll', () => this.#look());
    this.#cancel = this.#clock.after(pollMs, () => this.#poll());
  }

  /** Does what a command has asked for, and judges what has become known. */
  #look(): void {
    const store = this.#store;
    if (!store) return;
    const changes = changesOfOthers(store.database);
    const now = this.#clock.now();
    if (changes === this.#seenChanges && Math.abs(now - this.#judgedAt) < judgeAgainMs) return;
    this.#seenChanges = changes;
    this.#judgedAt = now;
    for (const { model, ...asked } of store.trust.takeRequests())
      this.move(model, { ...asked, at: now }).catch((error: unknown) =>
        this.#parts.options.log('error', 'quality: request failed', { error: String(error) }),
      );
    for (const watched of this.models()) this.#judge(store, watched, now);
  }

  #judge(store: QualityStore, watched: Watched, now: number): void {
    const { watch, trust, bundle } = watched;
    watch.judgeFindings(trust.chartsSince, now);
    for (const ticket of watch.tickets(trust.chartsSince))
      if (store.trust.noteTicket(ticket)) this.#parts.audit().retrainingDue(ticket, bundle);
    this.#follow(watched);
  }

  /** What goes wrong here is told and carries nothing with it. */
  #try(step: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#parts.options.log('error', `quality: ${step} failed`, { error: String(error) });
    }
  }
}
