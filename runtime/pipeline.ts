import type { Cancel } from '../device/clock.ts';
import type { Bundle } from '../models/bundle.ts';
import { dispatcher, type Conclusion, type InstanceResult } from '../models/outcome.ts';
import { amend } from './amendment.ts';
import {
  decline,
  isPausedResult,
  isWithheld,
  paused,
  type Task,
  unwritten,
  withhold,
} from './device-conclusion.ts';
import type { PipelinePorts, ReportInput } from './pipeline-ports.ts';
import type { ReportObject } from './report/request.ts';
import type { Instance } from './spool/instance.ts';
import type { Indexed } from './spool/instance-ledger.ts';
import type { StoredRecord } from './spool/segment-reader.ts';
import type { Result, Study } from './spool/study-ledger.ts';
import type { JudgedInstance } from './study/conclusion.ts';
import type { Route } from './study/routing.ts';
import type { Unit } from './study/unit.ts';

/** How long to wait before a step that failed for want of disk or the like is taken again. */
const retryMs = 5000;

/**
 * The straight line: received → complete → analysed → reported → delivered. Every step is durable and may be taken
 * again without harm, so starting up and recovering are the same code: `resume`.
 */
export class Pipeline {
  readonly #ports: PipelinePorts;
  readonly #walking = new Map<string, { again: boolean }>();
  readonly #timers = new Map<string, Cancel>();
  readonly #analysing = new Map<string, Promise<InstanceResult>>();
  /** Ends the wait of a study for its analyses. */
  readonly #waits = new Set<() => void>();
  #closed = false;

  constructor(ports: PipelinePorts) {
    this.#ports = ports;
  }

  /** Takes up every study and result where the last run left them. */
  resume(): void {
    for (const studyUid of this.#ports.studies.unfinished()) this.look(studyUid);
    this.#ports.outbox.addAll();
  }

  /** Spool → study. The record is durable and acknowledged; its image is analysed while the next one arrives. */
  receive(record: StoredRecord): Indexed {
    const indexed = this.#ports.spool.index(record);
    if (indexed.kind === 'quarantined' || indexed.kind === 'duplicate') return indexed;
    const { instance } = indexed;
    if (indexed.kind === 'conflict') {
      this.look(instance.studyUid);
      return indexed;
    }
    this.#begin(instance);
    // A study that waits already is looked at when its wait ends or its association closes: not once a slice.
    if (this.#timers.has(instance.studyUid)) this.#ports.changed(instance.studyUid);
    else this.look(instance.studyUid);
    return indexed;
  }

  #begin(instance: Instance): void {
    const { rules, isPaused } = this.#ports;
    if (isPaused()) return;
    for (const { bundle, instances } of rules.route([instance]))
      for (const unit of instances.flatMap((each) => rules.immediate(bundle, each)))
        // Whoever concludes the study asks again and sees the failure.
        this.#analyse(unit, bundle).catch(() => {});
  }

  /** Takes the next steps of a study, as far as they go now. Harmless at any time. */
  look(studyUid: string): void {
    if (this.#closed) return;
    this.#ports.changed(studyUid);
    const walk = this.#walking.get(studyUid);
    if (walk) walk.again = true;
    else void this.#walk(studyUid);
  }

  /** AI has been paused: what waits for an answer gets its result without one, now. */
  pause(): void {
    for (const end of this.#waits) end();
  }

  close(): void {
    this.#closed = true;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  async #walk(studyUid: string): Promise<void> {
    const walk = { again: false };
    this.#walking.set(studyUid, walk);
    try {
      do {
        walk.again = false;
        await this.#step(studyUid);
      } while (walk.again && !this.#closed);
    } catch (error) {
      this.#ports.failed('study', studyUid, error);
      this.#lookAgain(studyUid, retryMs);
    } finally {
      this.#walking.delete(studyUid);
    }
  }

  async #step(studyUid: string): Promise<void> {
    if (this.#ports.studies.study(studyUid)?.state === 'finished') return;
    await amend(this.#ports, studyUid);
    // Images may have come meanwhile: from here to what is kept of them everything is of one moment.
    const study = this.#ports.studies.study(studyUid);
    if (!study || this.#closed) return;
    const instances = this.#ports.spool.instances(studyUid);
    if (study.state === 'receiving' && !this.#complete(study, instances)) return;
    const tasks = await this.#conclude(study, instances);
    // Somebody may have taken back a flag meanwhile: what comes now must know of it.
    await amend(this.#ports, studyUid);
    if (this.#closed || this.#ports.studies.study(studyUid)?.revision !== study.revision) return;
    const reported: { task: Task; result: Result }[] = [];
    for (const task of tasks) {
      const result = await this.#report(study, task);
      this.#deliver(result);
      reported.push({ task, result });
    }
    this.#ports.studies.advance(study, 'reported');
    this.#ports.changed(studyUid);
    // Side by side: what tells one model's result must not wait for the pictures of another's.
    await Promise.all(reported.map(({ task, result }) => this.#accompany(study, task, result)));
    if (this.#closed) return;
    this.#ports.studies.advance(study, 'finished');
    this.#ports.changed(studyUid);
  }

  /** Receiving → complete. */
  #complete(study: Study, instances: Instance[]): boolean {
    const { rules, clock, studies } = this.#ports;
    const judged = rules.judgeCompleteness(study, instances, clock.now());
    if (!judged.complete) this.#lookAgain(study.studyUid, judged.waitMs);
    else if (studies.advance(study, 'complete', { because: judged.because, at: clock.now() })) {
      this.#ports.completed(judged.because, instances.length);
      this.#ports.changed(study.studyUid);
    }
    return judged.complete;
  }

  /** Complete → analysed: one conclusion for each model that applies, or one for the device when none does. */
  async #conclude(study: Study, instances: Instance[]): Promise<Task[]> {
    const { studyUid, mismatch, conflicts } = study;
    const routes = this.#ports.rules.route(instances);
    const taken = routes.filter((route) => route.instances.length > 0);
    if (mismatch) return [withhold(instances, 'patient-mismatch')];
    if (conflicts > 0 && this.#ports.rules.withholdConflicts)
      return [withhold(instances, 'conflicting-images')];
    if (taken.length === 0) return [decline(instances, routes)];
    return Promise.all(
      taken.map(async (route) => ({
        model: route.bundle.manifest.identity.name,
        bundle: route.bundle,
        instances: route.instances,
        conclusion: await this.#judge(studyUid, route),
      })),
    );
  }

  async #judge(studyUid: string, route: Route<Instance>): Promise<Conclusion> {
    const { bundle, instances } = route;
    const { said, isSame } = this.#said(studyUid, bundle.manifest.identity.name, instances);
    // What ended under a pause has its result, and keeps it.
    if (isSame && said && isPausedResult(said.conclusion)) return said.conclusion;
    const judged = await this.#untilPaused(() => this.#analyseAll(studyUid, route));
    if (!judged || this.#ports.isPaused()) return this.#judgePaused(studyUid, route);
    return this.#ports.rules.conclude(bundle, judged, studyUid);
  }

  /** Undefined where AI is paused before it is done. */
  async #untilPaused<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.#ports.isPaused()) return undefined;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const end = () => resolve(undefined);
    this.#waits.add(end);
    try {
      return await Promise.race([work(), promise]);
    } finally {
      this.#waits.delete(end);
    }
  }

  /** No answer, but for a flag that stands already: late images under a pause must not hide it. */
  #judgePaused(
    studyUid: string,
    { bundle, instances }: Pick<Route<Instance>, 'bundle' | 'instances'>,
  ): Conclusion {
    const { name } = bundle.manifest.identity;
    const earlier = predecessorOf(this.#ports.studies.results(studyUid), name);
    if (earlier?.conclusion.state !== 'flagged' || earlier.amends !== '') return paused;
    const judged = this.#recall(studyUid, { bundle, instances }).map(({ unit, kept }) => ({
      sopInstanceUid: unit.centre.sopInstanceUid,
      seriesUid: unit.centre.seriesUid,
      result: kept ?? paused,
    }));
    const conclusion = this.#ports.rules.conclude(bundle, judged, studyUid);
    return conclusion.state === 'flagged' ? conclusion : paused;
  }

  #analyseAll(studyUid: string, route: Route<Instance>): Promise<JudgedInstance[]> {
    return Promise.all(
      this.#recall(studyUid, route).map(async ({ unit, kept }) => {
        const { sopInstanceUid, seriesUid } = unit.centre;
        const result = kept ?? (await this.#analyse(unit, route.bundle));
        return { sopInstanceUid, seriesUid, result };
      }),
    );
  }

  /** The units of a study, each with what is known of it. */
  #recall(studyUid: string, { bundle, instances }: Pick<Route<Instance>, 'bundle' | 'instances'>) {
    const { rules, studies } = this.#ports;
    const units = rules.units(bundle, instances);
    const names = new Set(units.map((unit) => rules.unitName(bundle, unit)));
    const known = new Map([...names].map((name) => [name, studies.analyses(studyUid, name)]));
    return units.map((unit) => ({
      unit,
      kept: known.get(rules.unitName(bundle, unit))?.get(unit.centre.sopInstanceUid),
    }));
  }

  /** Study → inference, once for each unit and model however often it is asked for. */
  #analyse(unit: Unit<Instance>, bundle: Bundle): Promise<InstanceResult> {
    const { studyUid, sopInstanceUid, path, offset } = unit.centre;
    const name = this.#ports.rules.unitName(bundle, unit);
    const key = `${name}\\${studyUid}\\${sopInstanceUid}\\${path}\\${offset}`;
    const running = this.#analysing.get(key);
    if (running) return running;
    const analysis = this.#ports
      .analyse(unit, bundle)
      .then((result) => this.#save(unit, bundle, result))
      .finally(() => this.#analysing.delete(key));
    this.#analysing.set(key, analysis);
    return analysis;
  }

  #save(unit: Unit<Instance>, bundle: Bundle, result: InstanceResult): InstanceResult {
    // What a pause has stopped is no answer, and is asked for again.
    if (this.#closed || (result.state === 'not-analysed' && result.reason === 'paused'))
      return result;
    const { rules, clock, studies, changed } = this.#ports;
    const late = clock.now() > rules.due(bundle, unit);
    studies.saveAnalysis(unit.centre, rules.unitName(bundle, unit), result, late);
    changed(unit.centre.studyUid);
    return result;
  }

  /** Analysed → reported: the result is on disk, under the same UID and with the same bytes however often it is made. */
  async #report(study: Study, task: Task): Promise<Result> {
    const { studyUid, revision } = study;
    const { inputs, at, predecessor, isSame } = this.#said(studyUid, task.model, task.instances);
    if (predecessor && isSame) return predecessor;
    const said =
      task.bundle && this.#ports.isPaused()
        ? this.#judgePaused(studyUid, { ...task, bundle: task.bundle })
        : task.conclusion;
    const { conclusion, object } = this.#write(studyUid, {
      ...task,
      conclusion: said,
      at,
      predecessor,
    });
    const kept = this.#ports.studies.study(studyUid);
    const meta = {
      studyUid,
      model: task.model,
      revision,
      at,
      conclusion,
      inputs,
      completeness: kept?.completeness ?? '',
      completedAt: kept?.completedAt,
      madeAt: this.#ports.clock.now(),
      bundleHash: task.bundle?.hash ?? '',
      amends: '',
      // Beside the object and not in it: the same images must give the same bytes whenever they are analysed.
      late: this.#ports.studies.isLate(studyUid, task.model),
      sopClassUid: object?.sopClassUid ?? '',
      sopInstanceUid: object?.sopInstanceUid ?? '',
      seriesUid: object?.seriesInstanceUid ?? '',
    };
    const record = await this.#ports.spool.append(meta, object?.dataSet ?? new Uint8Array());
    const result = this.#ports.studies.indexResult(record);
    this.#ports.concluded(result, task.bundle);
    return result;
  }

  /** What has been said of these images already, and what a result on them takes the place of. */
  #said(studyUid: string, model: string, instances: Instance[]) {
    const inputs = instances.map(({ sopInstanceUid }) => sopInstanceUid).sort();
    const at = Math.max(...instances.map(({ receivedAt }) => receivedAt));
    const results = this.#ports.studies.results(studyUid);
    const said = predecessorOf(
      results.filter(({ amends }) => amends === ''),
      model,
    );
    // Bytes that have taken the place of others came later than those.
    const isSame = said?.model === model && said.at === at && said.inputs.join() === inputs.join();
    return { inputs, at, said, isSame, predecessor: predecessorOf(results, model) };
  }

  /** A result that cannot be written as it is becomes "not analysed"; what is withheld is never sent. */
  #write(
    studyUid: string,
    input: ReportInput,
  ): { conclusion: Conclusion; object: ReportObject | undefined } {
    const { conclusion } = input;
    if (conclusion.state === 'not-analysed' && isWithheld(conclusion)) {
      this.#ports.failed('report', studyUid, `nothing is sent: ${conclusion.reason}`);
      return { conclusion, object: undefined };
    }
    try {
      const written = this.#ports.buildReport(input);
      const rules = new Set(written.broken.map(({ id }) => id));
      if (rules.size > 0)
        this.#ports.failed('report', studyUid, `it breaks ${[...rules].join(', ')}`);
      return written;
    } catch (error) {
      this.#ports.failed('report', studyUid, error);
      return { conclusion: unwritten, object: undefined };
    }
  }

  /**
   * Reported → finished: what stands beside the report, which never waits for it. Late images end it: their result takes
   * the place of this one.
   */
  async #accompany({ studyUid, ...study }: Study, task: Task, result: Result): Promise<void> {
    const { spool, objects, outbox, studies, buildCompanions } = this.#ports;
    const { at, conclusion, sopInstanceUid: reportUid, revision } = result;
    // What amends a report has its messages already, and no pictures.
    if (!reportUid || result.amends !== '') return;
    const predecessor = predecessorOf(
      studies.results(studyUid).filter((earlier) => earlier.revision < revision),
      task.model,
    );
    const request = { ...task, at, conclusion, predecessor };
    for await (const { dataSet, ...companion } of buildCompanions(request, result)) {
      if (this.#closed || studies.study(studyUid)?.revision !== study.revision) return;
      objects.index(await spool.append({ ...companion, studyUid, reportUid }, dataSet));
      outbox.add(companion.sopInstanceUid);
    }
  }

  /** Reported → delivered: the outbox takes over until the PACS has committed. */
  #deliver({ sopInstanceUid, studyUid }: Result): void {
    if (sopInstanceUid) this.#ports.outbox.add(sopInstanceUid);
    this.#ports.changed(studyUid);
  }

  #lookAgain(studyUid: string, ms: number): void {
    if (this.#closed) return;
    this.#timers.get(studyUid)?.();
    const cancel = this.#ports.clock.after(ms, () => {
      this.#timers.delete(studyUid);
      this.look(studyUid);
    });
    this.#timers.set(studyUid, cancel);
  }
}

/** What a new result of a model takes the place of: its own last one, or what the device said in its stead. */
function predecessorOf(earlier: Result[], model: string): Result | undefined {
  return earlier.findLast((result) => result.model === model || result.model === dispatcher);
}
