import type { Cancel, Clock } from '../device/clock.ts';
import type { Bundle } from '../models/bundle.ts';
import { dispatcher, type Conclusion, type InstanceResult } from '../models/outcome.ts';
import type { CheckedReport } from './report/checked-report.ts';
import type { ReportObject } from './report/request.ts';
import type { Instance } from './spool/instance.ts';
import type { Indexed } from './spool/instance-ledger.ts';
import type { ObjectKind } from './spool/outgoing-object.ts';
import type { StoredRecord } from './spool/segment-reader.ts';
import type { Result, Study, StudyState } from './spool/study-ledger.ts';
import type { Completeness } from './study/completeness.ts';
import type { JudgedInstance } from './study/conclusion.ts';
import type { Route } from './study/routing.ts';
import type { Unit } from './study/unit.ts';

/** What the line needs from its surroundings. */
export interface PipelinePorts {
  clock: Clock;
  spool: {
    index(record: StoredRecord): Indexed;
    instances(studyUid: string): Instance[];
    /** Resolves when a result is on stable storage. */
    append(meta: Record<string, unknown>, data: Uint8Array): Promise<StoredRecord>;
  };
  studies: {
    study(studyUid: string): Study | undefined;
    unfinished(): string[];
    advance(study: Study, state: StudyState, completeness?: string): boolean;
    analyses(studyUid: string, model: string): Map<string, InstanceResult>;
    saveAnalysis(instance: Instance, model: string, result: InstanceResult, late: boolean): void;
    isLate(studyUid: string, model: string): boolean;
    indexResult(record: StoredRecord): Result;
    results(studyUid: string): Result[];
  };
  /** What stands beside reports, on the disk. */
  objects: { index(record: StoredRecord): void };
  rules: {
    judgeCompleteness(study: Study, instances: Instance[], now: number): Completeness;
    /** Whether a study with different images under one SOP Instance UID gets no result. */
    withholdConflicts: boolean;
    route(instances: Instance[]): Route<Instance>[];
    /** The units of a model that can be analysed before the study is whole. */
    immediate(bundle: Bundle, instance: Instance): Unit<Instance>[];
    /** What the model looks at in one run, of all its instances. */
    units(bundle: Bundle, instances: Instance[]): Unit<Instance>[];
    /** Under which name the result of a unit is kept. */
    unitName(bundle: Bundle, unit: Unit<Instance>): string;
    conclude(bundle: Bundle, instances: JudgedInstance[]): Conclusion;
    /** Wall time by which what a model says of a unit is wanted. */
    due(bundle: Bundle, unit: Unit<Instance>): number;
  };
  /** Never rejects for the image's or the model's own fault. */
  analyse(unit: Unit<Instance>, bundle: Bundle): Promise<InstanceResult>;
  /** What may be sent of a result: it keeps every rule of ours, or it says that it was not analysed. Throws where the source cannot be read. */
  buildReport(request: ReportInput): CheckedReport;
  /** What stands beside a report and is not on the disk yet, the most urgent first. What cannot be made is left out. */
  buildCompanions(request: ReportInput, result: Result): AsyncIterable<Companion>;
  outbox: { add(sopInstanceUid: string): void; addAll(): void };
  /** Told after every step; for the panel. */
  changed(studyUid: string): void;
  /** Told why a study is taken for complete; for the log. */
  completed(because: string, images: number): void;
  /** Told of what went wrong and is done again or differently; for the log. */
  failed(step: string, studyUid: string, error: unknown): void;
}

export interface ReportInput {
  /** Undefined where no model applied. */
  bundle: Bundle | undefined;
  instances: Instance[];
  conclusion: Conclusion;
  /** Job time: when the last of the instances came. Not "now", so that doing it again gives the same bytes. */
  at: number;
  predecessor: Result | undefined;
}

/** An object beside a report, ready to be kept and sent. */
export interface Companion {
  kind: Exclude<ObjectKind, 'report'>;
  sopClassUid: string;
  sopInstanceUid: string;
  seriesInstanceUid: string;
  /** The one destination that a message is for; empty where every destination may have it. */
  destination: string;
  /** Of its kind beside this report: with it, all of them are on the disk. */
  last: boolean;
  dataSet: Uint8Array;
}

/** One model's part in a study. */
interface Task {
  model: string;
  bundle: Bundle | undefined;
  instances: Instance[];
  conclusion: Conclusion;
}

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
    const { rules } = this.#ports;
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
    const study = this.#ports.studies.study(studyUid);
    if (!study || study.state === 'finished') return;
    const instances = this.#ports.spool.instances(studyUid);
    if (study.state === 'receiving' && !this.#complete(study, instances)) return;
    const tasks = await this.#conclude(study, instances);
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
    else if (studies.advance(study, 'complete', judged.because)) {
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
        conclusion: this.#ports.rules.conclude(
          route.bundle,
          await this.#analyseAll(studyUid, route),
        ),
      })),
    );
  }

  async #analyseAll(
    studyUid: string,
    { bundle, instances }: Route<Instance>,
  ): Promise<JudgedInstance[]> {
    const { rules, studies } = this.#ports;
    const units = rules.units(bundle, instances);
    const names = new Set(units.map((unit) => rules.unitName(bundle, unit)));
    const known = new Map([...names].map((name) => [name, studies.analyses(studyUid, name)]));
    return Promise.all(
      units.map(async (unit) => {
        const { sopInstanceUid, seriesUid } = unit.centre;
        const kept = known.get(rules.unitName(bundle, unit))?.get(sopInstanceUid);
        return { sopInstanceUid, seriesUid, result: kept ?? (await this.#analyse(unit, bundle)) };
      }),
    );
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
    if (this.#closed) return result;
    const { rules, clock, studies, changed } = this.#ports;
    const late = clock.now() > rules.due(bundle, unit);
    studies.saveAnalysis(unit.centre, rules.unitName(bundle, unit), result, late);
    changed(unit.centre.studyUid);
    return result;
  }

  /** Analysed → reported: the result is on disk, under the same UID and with the same bytes however often it is made. */
  async #report(study: Study, task: Task): Promise<Result> {
    const { studyUid, revision } = study;
    const inputs = task.instances.map(({ sopInstanceUid }) => sopInstanceUid).sort();
    const predecessor = predecessorOf(this.#ports.studies.results(studyUid), task.model);
    const at = Math.max(...task.instances.map(({ receivedAt }) => receivedAt));
    // Bytes that have taken the place of others came later than those.
    const isSame = predecessor?.at === at && predecessor.inputs.join() === inputs.join();
    if (predecessor?.model === task.model && isSame) return predecessor;
    const { conclusion, object } = this.#write(studyUid, { ...task, at, predecessor });
    const meta = {
      studyUid,
      model: task.model,
      revision,
      at,
      conclusion,
      inputs,
      completeness: this.#ports.studies.study(studyUid)?.completeness ?? '',
      // Beside the object and not in it: the same images must give the same bytes whenever they are analysed.
      late: this.#ports.studies.isLate(studyUid, task.model),
      sopClassUid: object?.sopClassUid ?? '',
      sopInstanceUid: object?.sopInstanceUid ?? '',
      seriesUid: object?.seriesInstanceUid ?? '',
    };
    const record = await this.#ports.spool.append(meta, object?.dataSet ?? new Uint8Array());
    return this.#ports.studies.indexResult(record);
  }

  /** A result that cannot be written as it is becomes "not analysed"; what is withheld is never sent. */
  #write(
    studyUid: string,
    input: ReportInput,
  ): { conclusion: Conclusion; object: ReportObject | undefined } {
    const { conclusion } = input;
    if (conclusion.state === 'not-analysed' && conclusion.reason in withheld) {
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
    if (!reportUid) return;
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

const unwritten: Conclusion = {
  state: 'not-analysed',
  reason: 'unreadable',
  detail: 'The result could not be written as a DICOM object; see the log',
};

/** Studies whose images cannot be trusted to belong together: what to do before they are sent again. */
const withheld = {
  'patient-mismatch':
    'Nothing is sent. Compare the patient on the scanner console and send the study again',
  'conflicting-images':
    'Nothing is sent. Find out on the scanner console which image is the right one and send it under a UID of its own',
} as const;

function withhold(instances: Instance[], reason: keyof typeof withheld): Task {
  return {
    model: dispatcher,
    bundle: undefined,
    instances,
    conclusion: { state: 'not-analysed', reason, detail: withheld[reason] },
  };
}

function decline(instances: Instance[], routes: Route<Instance>[]): Task {
  const detail = routes.flatMap(({ excluded }) => excluded)[0]?.why ?? 'No model is installed';
  return {
    model: dispatcher,
    bundle: undefined,
    instances,
    conclusion: { state: 'not-analysed', reason: 'out-of-scope', detail },
  };
}
