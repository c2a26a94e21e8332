import type { Bundle } from '../../models/bundle.ts';
import { makeDomainWatch } from '../../quality/domain-watch.ts';
import { type DriftWatch, makeSignalWatch } from '../../quality/drift.ts';
import type { ExamBlock } from '../../quality/exam-block.ts';
import { joinTruth } from '../../quality/reference-standard.ts';
import { type RetrainingTicket, ticketOf } from '../../quality/retraining-ticket.ts';
import { judgeSensitivity, type SensitivityVerdict } from '../../quality/sensitivity-watch.ts';
import { signalsOf } from '../../quality/signal.ts';
import type { StreamName } from '../../quality/store/trust-store.ts';
import {
  judgeStream,
  observeStream,
  startStream,
  type StreamExam,
  type StreamRules,
  type StreamState,
  type StreamVerdict,
  watchOf,
} from '../../quality/stream-watch.ts';
import type { QualityStore } from './quality-store.ts';

/** Exams of this long are what the rule on the share itself reads. */
const periodMs = 30 * 24 * 3600_000;

/** Moves between two releases: a model whose trust moves more often has other worries. */
const mostMoves = 100;

/** One stream with what is to be said of it. */
export interface WatchedStream extends StreamName {
  exams: number;
  verdict: StreamVerdict;
}

/** What is known of the sensitivity for one finding. */
export interface WatchedFinding {
  finding: string;
  verdict: SensitivityVerdict;
}

/** Watches one model: the input of each scanner, and the misses that become known. */
export class ModelWatch {
  readonly #store: QualityStore;
  readonly #bundle: Bundle;
  /** What the bundle counted on exams of the intended kind. */
  readonly #reference: ExamBlock | undefined;
  #rules: StreamRules;
  /** Dear to make, and the same as long as a stream's baseline is. */
  readonly #watches = new Map<string, DriftWatch>();
  #findings: WatchedFinding[] = [];

  constructor(store: QualityStore, bundle: Bundle, reference?: ExamBlock) {
    this.#store = store;
    this.#bundle = bundle;
    this.#reference = reference;
    this.#rules = this.#makeRules();
  }

  get findings(): readonly WatchedFinding[] {
    return this.#findings;
  }

  /** Counts an exam; what it says is on the disk on return. */
  observe(name: StreamName, exam: StreamExam): void {
    const state = this.#store.trust.stream(name) ?? startStream(this.#rules);
    const next = observeStream(this.#rules, this.#watch(name, state), state, exam);
    this.#store.trust.putStream(name, next);
  }

  streams(): WatchedStream[] {
    const { name: model } = this.#bundle.manifest.identity;
    return this.#store.trust.streams(model).map(({ state, ...name }) => ({
      ...name,
      exams: state.exams,
      verdict: judgeStream(this.#rules, this.#watch(name, state), state),
    }));
  }

  /** Judges the misses that are known since `since`; to be asked when something has become known. */
  judgeFindings(since: number, now: number): void {
    const { manifest } = this.#bundle;
    this.#findings = manifest.findings.map(({ id: finding }) => {
      const said = this.#store.reference.ofFinding(finding);
      const question = { model: manifest.identity.name, finding };
      const exams = joinTruth(this.#store.exams.ofExams(question, [...said.keys()]), said);
      const period = { from: now - periodMs, to: now };
      return { finding, verdict: judgeSensitivity({ exams, since, period }) };
    });
  }

  /** Tickets of the alarms that stand. */
  tickets(since: number): RetrainingTicket[] {
    const { name: model, version } = this.#bundle.manifest.identity;
    return this.#findings.flatMap(
      ({ finding, verdict }) => ticketOf(verdict, { model, version, finding, since }) ?? [],
    );
  }

  /** The streams begin anew. */
  forget(): void {
    this.#watches.clear();
    this.#rules = this.#makeRules();
  }

  #makeRules(): StreamRules {
    const { findings, domain } = this.#bundle.manifest;
    const signals = signalsOf(findings.map(({ id }) => id));
    const share = domain && (domain.population ?? domain.falseStops);
    const reference = this.#isOwn() ? undefined : this.#reference;
    return {
      signals,
      domain: share && makeDomainWatch({ successes: share.count, trials: share.of }),
      bundle: reference && makeSignalWatch(signals, reference),
    };
  }

  /** Somebody has said that what comes here is meant to be other than what the bundle was validated on. */
  #isOwn(): boolean {
    const { manifest, hash } = this.#bundle;
    const moves = this.#store.trust.moves(manifest.identity.name, mostMoves);
    const released = moves.find((move) => move.hash === hash && move.event === 'released');
    return released?.reason === 'intended-change';
  }

  #watch({ modality, scanner }: StreamName, state: StreamState): DriftWatch | undefined {
    const key = `${modality}\\${scanner}`;
    const known = this.#watches.get(key) ?? watchOf(this.#rules, state);
    if (known) this.#watches.set(key, known);
    return known;
  }
}
