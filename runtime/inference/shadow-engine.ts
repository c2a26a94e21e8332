import type { Clock } from '../../device/clock.ts';
import type { Bundle } from '../../models/bundle.ts';
import type { InstanceResult } from '../../models/outcome.ts';
import { type EngineChild, type Exchange, startChild } from './engine-child.ts';
import { type EngineImage, extentOf, resultOf } from './engine-job.ts';
import { loadInto, refusedReply } from './engine-loading.ts';
import type { ImageExtent } from './engine-message.ts';
import { decide, runLimit } from './engine-policy.ts';
import type { Placement } from './session/placement.ts';

/** One study for a candidate: the images of each of its units. */
export interface ShadowJob {
  bundle: Bundle;
  units: readonly (readonly EngineImage[])[];
}

/** What a candidate said of the units, in order, and the milliseconds that it took to. */
export interface ShadowResult {
  results: InstanceResult[];
  ms: number;
}

export interface ShadowOptions {
  clock: Clock;
  placementOf(bundle: Bundle): Placement;
  /** Why nothing is to be done that nobody waits for; undefined where the machine is idle. */
  whyNotIdle(): string | undefined;
  /** Starts its process; a test has its own. */
  start?: typeof startChild;
}

/** So long nothing may have waited before a candidate begins: between two slices of a series it would only be dropped. */
const idleMs = 5000;
/** How often it is looked for that. */
const lookMs = 500;
/** A process that is last in line may take so many times as long as one that is not. */
const patience = 4;
const loadLimitMs = patience * 60_000;

/** How far a job is. What a dropped process has said already is kept. */
interface Progress extends ShadowResult {
  /** Failures of the unit that it is the turn of. */
  failures: number;
}

/**
 * Has a candidate look at studies that the line is done with, one at a time, in a process of its own that is last in
 * line. As soon as anything waits for the engine that process is gone, with its memory; the study goes on later.
 */
export class ShadowEngine {
  readonly #options: ShadowOptions;
  readonly #start: typeof startChild;
  #child: EngineChild | undefined;
  /** Its ends, so that `close` leaves nothing behind. */
  readonly #gone = new Set<Promise<void>>();
  #last: Promise<unknown> = Promise.resolve();
  #busyAt: number;
  #wake: () => void = () => undefined;
  #closed = false;

  constructor(options: ShadowOptions) {
    this.#options = options;
    this.#start = options.start ?? startChild;
    this.#busyAt = options.clock.monotonic() - idleMs;
  }

  /** Process id of the candidate's process; undefined while there is none. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** What the candidate says; undefined where this is closed, or `isWanted` says no, before it is done. Never rejects. */
  analyse(job: ShadowJob, isWanted: () => boolean): Promise<ShadowResult | undefined> {
    const done = this.#last.then(() => this.#analyse(job, isWanted));
    this.#last = done;
    return done;
  }

  /** Something waits for the engine, or heat or memory do not allow it: the candidate goes at once. */
  drop(because: string): void {
    this.#busyAt = this.#options.clock.monotonic();
    this.release(because);
  }

  /** Ends the process; the next study starts another. */
  release(because: string): void {
    this.#child?.kill(because);
    this.#child = undefined;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.release('it was closed');
    this.#wake();
    await Promise.all(this.#gone);
  }

  async #analyse(job: ShadowJob, isWanted: () => boolean): Promise<ShadowResult | undefined> {
    const progress: Progress = { results: [], ms: 0, failures: 0 };
    while (progress.results.length < job.units.length) {
      await this.#untilIdle(isWanted);
      if (this.#closed || !isWanted()) return undefined;
      await this.#step(job, progress);
    }
    return { results: progress.results, ms: progress.ms };
  }

  async #untilIdle(isWanted: () => boolean): Promise<void> {
    while (!this.#closed && isWanted() && !this.#isIdle())
      await new Promise<void>((resolve) => {
        const cancel = this.#options.clock.after(lookMs, resolve);
        this.#wake = () => (cancel(), resolve());
      });
  }

  #isIdle(): boolean {
    const { clock, whyNotIdle } = this.#options;
    if (whyNotIdle() !== undefined) this.#busyAt = clock.monotonic();
    return clock.monotonic() - this.#busyAt >= idleMs;
  }

  /** Asks for the next unit. That the process was dropped meanwhile is nobody's fault, and the unit is asked again. */
  async #step({ bundle, units }: ShadowJob, progress: Progress): Promise<void> {
    const child = (this.#child ??= this.#spawn(bundle));
    const unit = units[progress.results.length]!.map(extentOf);
    const exchange =
      (await this.#load(child, bundle)) ?? (await this.#ask(child, bundle, unit, progress));
    if (exchange.end === 'reply') return note(progress, resultOf(exchange.reply, 0));
    if (child !== this.#child) return;
    this.#child = undefined;
    const decision = decide(exchange.end, (progress.failures += 1));
    if (decision.do === 'answer') note(progress, decision.result);
  }

  /** Undefined where the child has the bundle then. */
  async #load(child: EngineChild, bundle: Bundle): Promise<Exchange | undefined> {
    if (child.loaded.has(bundle.hash)) return undefined;
    const known = child.refused.get(bundle.hash);
    if (known !== undefined) return refusedReply(known);
    const placement = this.#options.placementOf(bundle);
    const failure = await loadInto(child, bundle, placement, loadLimitMs);
    return failure?.end === 'refused' ? refusedReply(failure.detail) : failure;
  }

  async #ask(
    child: EngineChild,
    { hash, manifest }: Bundle,
    unit: ImageExtent[],
    progress: Progress,
  ): Promise<Exchange> {
    const { clock } = this.#options;
    const limit = patience * runLimit(manifest.limits.timeoutMs, 1, Infinity);
    const startedAt = clock.monotonic();
    const exchange = await child.exchange({ ask: 'analyse', hash, units: [unit] }, limit);
    if (exchange.end === 'reply') progress.ms += clock.monotonic() - startedAt;
    return exchange;
  }

  #spawn(bundle: Bundle): EngineChild {
    const { runtime } = this.#options.placementOf(bundle);
    const gone = Promise.withResolvers<void>();
    this.#gone.add(gone.promise);
    const kind = { provesLibraries: runtime === 'ort-capi', isLast: true };
    return this.#start(this.#options.clock, kind, () => {
      this.#gone.delete(gone.promise);
      gone.resolve();
    });
  }
}

function note(progress: Progress, result: InstanceResult): void {
  progress.results.push(result);
  progress.failures = 0;
}
