import type { Cancel, Clock } from '../../device/clock.ts';
import { type ActiveCondition, raise } from '../../device/conditions.ts';
import { ScansideError } from '../../device/errors.ts';
import { disk } from '../../device/files.ts';
import type { Bundle } from '../../models/bundle.ts';
import type { Conclusion } from '../../models/outcome.ts';
import { drawForAudit } from '../../quality/audit-sample.ts';
import type { ExamBlock } from '../../quality/exam-block.ts';
import { eventOf, type FallbackState } from '../../quality/fallback.ts';
import type { RetrainingTicket } from '../../quality/retraining-ticket.ts';
import { changesOfOthers } from '../../quality/store/database.ts';
import type { ExamRecord } from '../../quality/store/exam-store.ts';
import { beginTrust, type Cause, type Move, moveTrust, type Trust } from '../../quality/trust.ts';
import type { QualityView, ReadingExam } from '../../panel/quality-view.ts';
import type { ApplianceOptions } from '../appliance.ts';
import type { StoredAct } from '../spool/act-ledger.ts';
import type { Result } from '../spool/study-ledger.ts';
import type { Storage } from '../storage.ts';
import { type Observed, recordsOf, streamExamOf } from './exam-record.ts';
import { readBundleReference } from './bundle-reference.ts';
import { ModelWatch } from './model-watch.ts';
import { openQualityStore, type QualityStore } from './quality-store.ts';
import { keepReading, listReadings, type SaidReading } from './blind-reading.ts';
import { viewQuality } from './quality-view.ts';
import { temperConclusion } from './temper.ts';
import { conditionsOf, verdictsOf } from './verdict.ts';
import { analysisName } from '../study/unit.ts';

export interface QualityParts {
  options: Pick<ApplianceOptions, 'clock' | 'configuration' | 'log'>;
  bundles: readonly Bundle[];
  storage: Pick<Storage, 'root' | 'studies' | 'instances' | 'acts'>;
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

/** One model and how it stands. */
interface Watched {
  bundle: Bundle;
  watch: ModelWatch;
  trust: Trust;
}

/**
 * What the results tell of the models, and how far these are trusted because of it. It stands beside the line: nothing of
 * it is waited for, and what goes wrong here costs no result. Where its store cannot be read, nobody can say how far a
 * model was trusted: then every flag is marked for a second look.
 */
export class QualityService {
  readonly #parts: QualityParts;
  readonly #clock: Clock;
  readonly #store: QualityStore | undefined;
  readonly #models = new Map<string, Watched>();
  readonly #waiting: { result: Result; bundle: Bundle }[] = [];
  readonly #moves: { move: Move; bundle: Bundle }[] = [];
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
    if (this.#store) for (const bundle of parts.bundles) this.#takeUp(this.#store, bundle);
  }

  get store(): QualityStore | undefined {
    return this.#store;
  }

  /** Takes up what an ended run did not get to, and looks for news from then on. */
  start(): void {
    if (!this.#store) return;
    for (const { move, bundle } of this.#moves.splice(0))
      this.#parts.audit().trustMoved(move, bundle);
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
    const state = this.#stateOf(name);
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
    return [...this.#models.values()].flatMap(({ bundle, watch, trust }) => {
      const streams = watch.streams();
      const { name } = bundle.manifest.identity;
      return conditionsOf(name, trust.state, streams, verdictsOf(streams, watch.findings));
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
    return [...this.#models.values()];
  }

  /** A person or a command moves a model. Durable on return. Throws ACT_REFUSED where the table does not have it. */
  move(model: string, cause: Cause): void {
    const watched = this.#models.get(model);
    if (!watched) throw new ScansideError('ACT_REFUSED', `there is no model ${model}`);
    if (!this.#move(watched, cause))
      throw new ScansideError(
        'ACT_REFUSED',
        `${cause.mover} may not bring ${cause.event} while it is ${watched.trust.state}`,
      );
    this.#parts.changed();
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

  #takeUp(store: QualityStore, bundle: Bundle): void {
    const { name } = bundle.manifest.identity;
    const now = this.#clock.now();
    const known = store.trust.find(name);
    const trust = known ?? beginTrust(name, bundle.hash, now);
    if (!known) store.trust.put(trust);
    const watched = { bundle, watch: this.#watch(store, bundle), trust };
    this.#models.set(name, watched);
    const by = { mover: 'update', user: '', reason: '', at: now } as const;
    if (trust.hash !== bundle.hash) this.#keepMove(watched, { ...by, event: 'replaced' });
  }

  /** The scanner's own exams are held against each other in any case. */
  #watch(store: QualityStore, bundle: Bundle): ModelWatch {
    let reference: ExamBlock | undefined;
    this.#try('reference', () => (reference = readBundleReference(bundle, disk)));
    return new ModelWatch(store, bundle, reference);
  }

  /** Keeps a move; whoever has to be told is told later. */
  #keepMove(watched: Watched, cause: Cause): boolean {
    const moved = moveTrust(watched.trust, cause, watched.bundle.hash);
    if (!moved) return false;
    this.#store?.trust.put(moved.trust, moved);
    watched.trust = moved.trust;
    this.#conditions = undefined;
    this.#view = undefined;
    if (moved.anew) watched.watch.forget();
    this.#moves.push({ move: moved.move, bundle: watched.bundle });
    return true;
  }

  #move(watched: Watched, cause: Cause): boolean {
    const isMoved = this.#keepMove(watched, cause);
    for (const { move, bundle } of this.#moves.splice(0)) {
      const { model, was, isNow, event } = move;
      this.#parts.options.log('warn', 'model trust', { model, was, isNow, event });
      this.#parts.audit().trustMoved(move, bundle);
    }
    return isMoved;
  }

  #stateOf(model: string): FallbackState {
    if (!this.#store) return 'restricted';
    return this.#models.get(model)?.trust.state ?? 'normal';
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
    const [store, watched] = [this.#store, this.#models.get(model)];
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
    store.database.transaction(() => {
      for (const record of records) this.#keep(store, record, bundle);
      if (counted && records[0]) watched.watch.observe(records[0], counted);
    })();
    if (counted) this.#follow(watched);
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
    const by = { mover: 'rule', user: '', reason: '', at: this.#clock.now() } as const;
    if (event) this.#move(watched, { ...by, event });
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
      this.#try('request', () => this.move(model, { ...asked, at: now }));
    for (const watched of this.#models.values()) this.#judge(store, watched, now);
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
