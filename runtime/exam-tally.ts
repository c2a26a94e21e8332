import type { Bundle } from '../models/bundle.ts';
import {
  addTallies,
  emptyTally,
  summarise,
  type Tally,
  tallyExams,
  telemetryBins,
  type TelemetryExam,
  type TelemetrySummary,
} from '../quality/telemetry.ts';
import { isoInstant } from '../device/clock.ts';
import { addLatency, emptySketch, type LatencySketch } from './latency-sketch.ts';
import type { Result } from './spool/study-ledger.ts';

/** Where a tally outlives the program; durable on return. */
export interface TallyMemory {
  recall(name: string): string | undefined;
  remember(name: string, value: string): unknown;
}

/** What is counted of one model: on its day, and what earlier days have held back. */
interface Kept {
  /** A moment of the day, milliseconds since 1970 UTC. */
  at: number;
  version: string;
  today: Tally;
  held: Tally;
}

/**
 * Counts exams for telemetry: outcomes and latency since the start, and for each model histograms of a day, which leave
 * the device with the next day. Nothing of it names an exam.
 */
export class ExamTally {
  readonly #memory: TallyMemory | undefined;
  readonly #bundles: readonly Bundle[];
  outcomes: Record<string, number> = {};
  latency: LatencySketch = emptySketch;

  /** Without a memory no histograms are kept. */
  constructor(bundles: readonly Bundle[], memory?: TallyMemory) {
    this.#bundles = bundles;
    this.#memory = memory;
  }

  /** A report that amends another is of an exam that was counted. */
  add(result: Result): void {
    if (result.amends !== '') return;
    const exam = examOf(result);
    this.outcomes[exam.outcome] = (this.outcomes[exam.outcome] ?? 0) + 1;
    const seconds = latencyOf(result);
    if (seconds !== undefined) this.latency = addLatency(this.latency, seconds);
    const bundle = this.#bundles.find(({ hash }) => hash === result.bundleHash);
    if (bundle && this.#memory) this.#count(bundle, exam, result.madeAt);
  }

  /** What days before `now` have counted; each leaves once. */
  takeSummaries(now: number): TelemetrySummary[] {
    return this.#bundles.flatMap((bundle) => {
      const kept = this.#recall(bundle, now);
      if (dayOf(kept.at) >= dayOf(now)) return [];
      const { summary, held } = closeDay(bundle, kept);
      this.#remember(bundle, { ...kept, at: now, today: emptyTally(binsOf(bundle)), held });
      return [summary];
    });
  }

  #count(bundle: Bundle, exam: TelemetryExam, at: number): void {
    const kept = this.#recall(bundle, at);
    const today = addTallies(kept.today, tallyExams(binsOf(bundle), [exam]));
    this.#remember(bundle, { ...kept, today });
  }

  /** What another version has counted is of no use beside this one's. */
  #recall(bundle: Bundle, at: number): Kept {
    const { name, version } = bundle.manifest.identity;
    const kept = JSON.parse(this.#memory?.recall(`tally ${name}`) ?? 'null') as Kept | null;
    if (kept?.version === version) return kept;
    const empty = emptyTally(binsOf(bundle));
    return { at, version, today: empty, held: empty };
  }

  #remember(bundle: Bundle, kept: Kept): void {
    this.#memory?.remember(`tally ${bundle.manifest.identity.name}`, JSON.stringify(kept));
  }
}

function closeDay({ manifest: { identity } }: Bundle, { at, today, held }: Kept) {
  const { name: model, version } = identity;
  const { summary, kept } = summarise({ model, version, at }, today, held);
  return { summary, held: kept };
}

function dayOf(at: number): string {
  return isoInstant(at).slice(0, 10);
}

function binsOf({ manifest }: Bundle) {
  return telemetryBins(manifest.findings.map(({ id }) => id));
}

function examOf(result: Result): TelemetryExam {
  const { conclusion } = result;
  const seen = conclusion.state === 'not-analysed' ? undefined : conclusion;
  const scores = (seen?.findings ?? []).map(({ finding, probability }) => [
    `score.${finding}`,
    probability,
  ]);
  const seconds = latencyOf(result);
  return {
    ...(Object.fromEntries(scores) as Record<string, number>),
    outcome: conclusion.state === 'not-analysed' ? conclusion.reason : conclusion.state,
    latency: seconds === undefined ? undefined : Math.log10(Math.max(seconds, 1e-3)),
  };
}

/** Seconds from the moment at which the exam was taken for complete. */
function latencyOf({ madeAt, completedAt }: Result): number | undefined {
  return completedAt === undefined ? undefined : Math.max(0, madeAt - completedAt) / 1000;
}
