import type { Clock } from '../../device/clock.ts';
import type { Bundle } from '../../models/bundle.ts';
import type { InstanceResult } from '../../models/outcome.ts';
import { type AskedGate, defaultGate, type ShadowGate } from '../../quality/shadow-exam.ts';
import type { ApplianceOptions } from '../appliance.ts';
import type { EngineImage } from '../inference/engine.ts';
import type { ShadowEngine } from '../inference/shadow-engine.ts';
import type { Instance } from '../spool/instance.ts';
import type { Result } from '../spool/study-ledger.ts';
import type { Storage } from '../storage.ts';
import { concludeStudy, type JudgedInstance } from '../study/conclusion.ts';
import { routeStudy } from '../study/routing.ts';
import { analysisName, planUnits, type Unit, unitName } from '../study/unit.ts';
import type { QualityStore } from './quality-store.ts';
import { pairOf, thresholdsOf } from './shadow-pair.ts';
import { reportShadow, type ShadowReport } from './shadow-report.ts';

export interface ShadowParts {
  clock: Clock;
  log: ApplianceOptions['log'];
  storage: Pick<Storage, 'studies' | 'instances'>;
  /** Undefined where it cannot be read: then nothing is compared. */
  store(): QualityStore | undefined;
  engine(): Pick<ShadowEngine, 'analyse' | 'release'>;
  /** Where the engine finds an image. Throws where its key is gone. */
  locate(instance: Instance): EngineImage;
}

/** Two bundles of one model that are compared. */
interface Pair {
  active: Bundle;
  candidate: Bundle;
  /** The studies that the active one has answered and the candidate has still to look at. */
  waiting: string[];
}

/** How far back exams are taken in when a comparison begins, or goes on after a restart. */
const reachMs = 24 * 3600_000;
/** What waits beyond this is left out, the oldest first: a candidate is compared on what the machine has time for. */
const mostWaiting = 500;
/** Without a new exam it is judged again after this: hours pass, and reports come in. */
const judgeAgainMs = 600_000;

/** What was no answer of the model that answers, and has nothing to do with how good it is. */
const noAnswer: ReadonlySet<string> = new Set([
  'paused',
  'patient-mismatch',
  'conflicting-images',
  'unwritable',
]);

/**
 * Has a candidate look at the exams that the model which answers is done with, and keeps what both have said. What the
 * candidate says goes into that store and nowhere else: into no result, page, message, log or audit record.
 */
export class ShadowService {
  readonly #parts: ShadowParts;
  #pair: Pair | undefined;
  #isWorking = false;
  #report: { report: ShadowReport; at: number } | undefined;

  constructor(parts: ShadowParts) {
    this.#parts = parts;
  }

  /** The candidate that is compared now. */
  get candidate(): Bundle | undefined {
    return this.#pair?.candidate;
  }

  /** Begins to compare, or goes on; with another pair than before, in place of that. */
  begin(active: Bundle, candidate: Bundle, gate: AskedGate): void {
    const store = this.#parts.store();
    if (!store || this.#isSame(active, candidate)) return;
    this.end();
    const { name: model, version } = candidate.manifest.identity;
    store.shadow.begin({
      model,
      active: active.hash,
      candidate: candidate.hash,
      activeVersion: active.manifest.identity.version,
      candidateVersion: version,
      begunAt: this.#parts.clock.now(),
      gate: gateOf(gate),
      thresholds: thresholdsOf({ active, candidate }),
    });
    this.#pair = { active, candidate, waiting: [] };
    this.#parts.log('info', 'comparison begun', { model, version });
    this.#takeUp(store, this.#pair);
    this.#pump();
  }

  /** Nothing is compared any more; what was found stays until another comparison of the model begins. */
  end(): void {
    if (!this.#pair) return;
    const { name: model, version } = this.#pair.candidate.manifest.identity;
    this.#pair = undefined;
    this.#report = undefined;
    this.#parts.engine().release('the comparison has ended');
    this.#parts.log('info', 'comparison ended', { model, version });
  }

  /** A model has said something of an exam. Does nothing before the caller goes on. */
  concluded(result: Result, bundle: Bundle | undefined): void {
    const pair = this.#pair;
    if (!pair || bundle?.hash !== pair.active.hash || !isComparable(result)) return;
    enqueue(pair, result.studyUid);
    this.#parts.clock.after(0, () => this.#pump());
  }

  /** How the comparison stands; undefined where there is none. */
  standing(): ShadowReport | undefined {
    const store = this.#parts.store();
    const model = this.#pair?.candidate.manifest.identity.name;
    const run = model === undefined ? undefined : store?.shadow.find(model);
    if (!store || !run) return undefined;
    const now = this.#parts.clock.now();
    if (!this.#report || Math.abs(now - this.#report.at) > judgeAgainMs)
      this.#report = { report: reportShadow(store, run, now), at: now };
    return this.#report.report;
  }

  #isSame(active: Bundle, candidate: Bundle): boolean {
    return this.#pair?.active.hash === active.hash && this.#pair.candidate.hash === candidate.hash;
  }

  /** What was answered not long ago and is not compared yet, oldest first. */
  #takeUp({ shadow, names }: QualityStore, pair: Pair): void {
    const { clock, storage } = this.#parts;
    const { name } = pair.active.manifest.identity;
    const recent = storage.studies.recent(clock.now() - reachMs, mostWaiting).toReversed();
    for (const { studyUid } of recent)
      if (!shadow.has(name, names.exam(studyUid)) && this.#answered(studyUid, pair))
        enqueue(pair, studyUid);
  }

  /** Whether the active one has said something of a study that can be compared. */
  #answered(studyUid: string, { active }: Pair): boolean {
    const last = this.#parts.storage.studies
      .results(studyUid)
      .findLast(({ model, amends }) => model === active.manifest.identity.name && amends === '');
    return last?.bundleHash === active.hash && isComparable(last);
  }

  /** One study at a time. */
  #pump(): void {
    const pair = this.#pair;
    if (!pair || this.#isWorking) return;
    const studyUid = pair.waiting.shift();
    if (studyUid === undefined)
      return this.#parts.engine().release('nothing more is to be compared');
    this.#isWorking = true;
    this.#compare(studyUid, pair)
      .catch((error: unknown) => this.#parts.log('error', 'comparison', { error: String(error) }))
      .finally(() => {
        this.#isWorking = false;
        this.#pump();
      })
      .catch(() => undefined);
  }

  async #compare(studyUid: string, pair: Pair): Promise<void> {
    const { clock, locate, engine } = this.#parts;
    const { active, candidate } = pair;
    const instances = this.#parts.storage.instances.ofStudy(studyUid);
    const said = this.#recall(studyUid, active, instances);
    if (!said || instances.length === 0) return;
    const units = unitsOf(candidate, instances);
    const images = units.map((unit) => unit.instances.map(locate));
    const isWanted = () => this.#pair === pair;
    const looked = await engine().analyse({ bundle: candidate, units: images }, isWanted);
    const store = this.#parts.store();
    if (!looked || !store || !isWanted()) return;
    const conclusions = {
      active: concludeStudy(active.manifest, said),
      candidate: concludeOn(candidate, units, looked.results),
    };
    const exam = { exam: store.names.exam(studyUid), at: clock.now(), ms: looked.ms };
    const findings = Object.keys(thresholdsOf(pair));
    store.shadow.put(active.manifest.identity.name, pairOf(exam, conclusions, findings));
    this.#report = undefined;
  }

  /** What the active one has said of each unit; undefined where it has not looked at all of them. */
  #recall(studyUid: string, active: Bundle, instances: Instance[]): JudgedInstance[] | undefined {
    const { studies } = this.#parts.storage;
    const release = analysisName(active.manifest.identity.name, active.hash);
    const units = unitsOf(active, instances);
    const judged = units.flatMap((unit) => {
      const { sopInstanceUid, seriesUid } = unit.centre;
      const kept = studies.analyses(studyUid, unitName(release, unit)).get(sopInstanceUid);
      return kept ? [{ sopInstanceUid, seriesUid, result: kept }] : [];
    });
    return judged.length === units.length ? judged : undefined;
  }
}

function isComparable({ conclusion, amends }: Result): boolean {
  if (amends !== '') return false;
  return conclusion.state !== 'not-analysed' || !noAnswer.has(conclusion.reason);
}

function enqueue({ waiting }: Pair, studyUid: string): void {
  if (waiting.includes(studyUid)) return;
  waiting.push(studyUid);
  if (waiting.length > mostWaiting) waiting.shift();
}

function unitsOf(bundle: Bundle, instances: Instance[]): Unit<Instance>[] {
  const own = routeStudy([bundle], instances)[0]?.instances ?? [];
  return planUnits(bundle.manifest.network.input, own);
}

/** A candidate that looks at other images than the active one says that it is not meant for these. */
function concludeOn(
  { manifest }: Bundle,
  units: readonly Unit<Instance>[],
  results: readonly InstanceResult[],
) {
  if (units.length === 0)
    return { state: 'not-analysed', reason: 'out-of-scope', detail: '' } as const;
  return concludeStudy(
    manifest,
    units.map(({ centre: { sopInstanceUid, seriesUid } }, at) => ({
      sopInstanceUid,
      seriesUid,
      result: results[at]!,
    })),
  );
}

/** Field by field, so that what is left open does not hide what is usual. */
function gateOf({ minStudies, minHours, maxDisagreement, maxP95Ms }: AskedGate): ShadowGate {
  return {
    minStudies: minStudies ?? defaultGate.minStudies,
    minHours: minHours ?? defaultGate.minHours,
    maxDisagreement: maxDisagreement ?? defaultGate.maxDisagreement,
    maxP95Ms,
  };
}
