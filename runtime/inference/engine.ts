import type { Cancel, Clock } from '../../device/clock.ts';
import { memoryLimit } from '../../device/memory-limit.ts';
import type { InstanceResult } from '../../models/outcome.ts';
import type { EngineChild, Exchange } from './engine-child.ts';
import {
  closedError,
  type EngineJob,
  extentsOf,
  modelFault,
  openTicket,
  type Ticket,
} from './engine-job.ts';
import { EngineLanes, type ServedBundle } from './engine-lanes.ts';
import { findExcess, loadAll, loadInto } from './engine-loading.ts';
import { decide, runLimit } from './engine-policy.ts';
import { EngineQueue, type QueuedWork } from './engine-queue.ts';
import { Supervisor, type SupervisorEvent } from './engine-supervisor.ts';
import { afterRun, type BatchRun, chooseBatch, freshState } from './schedule/scheduler.ts';
import { type Allowance, unlimited } from './schedule/work.ts';
import { onProcessor } from './session/placement.ts';

export type { EngineImage, EngineJob } from './engine-job.ts';
export type { ServedBundle } from './engine-lanes.ts';

/** What the engine tells its log. No patient data: ids are the caller's. */
export type EngineEvent =
  | SupervisorEvent
  | { event: 'repeated'; id: string; failure: string }
  | { event: 'poisoned'; id: string; failure: string }
  /** The model has failed on what was asked of it, as where it answers with what is no number. */
  | { event: 'faulty'; id: string; detail: string }
  /** A bundle is loaded, and where it runs. */
  | { event: 'serving'; bundle: string; on: string; because: string }
  | { event: 'refused'; bundle: string; detail: string };

export interface EngineStatus {
  state: 'ok' | 'starting' | 'failing';
  /** Units that wait or run. */
  queued: number;
  served: readonly ServedBundle[];
}

/** The one inference process of an accelerator, and the queue of work before it. */
export interface Engine {
  /**
   * Analyses a unit of work when its turn comes, perhaps together with others for the same bundle. What is wrong with
   * the image, the model or the process is in the result. Rejects with ENGINE_FAILED only when the engine is closed
   * before there is one.
   */
  analyse(job: EngineJob): Promise<InstanceResult>;
  /** Makes what waits of an exam STAT. */
  raise(exam: string): void;
  /** What the budget leaves to the engine from now on. Without classes everything waits and nothing is lost. */
  allow(allowance: Allowance): void;
  /**
   * Serves these bundles, in a process of their own that takes the place of the one before when it has loaded and
   * tested them all; that one serves until then, and further on where one is refused. Resolves with why, or undefined.
   */
  serve(served: readonly ServedBundle[]): Promise<string | undefined>;
  status(): EngineStatus;
  /** Process id of the child that runs now; undefined while there is none. */
  readonly pid: number | undefined;
  /** Ends the child and rejects what is waiting. */
  close(): Promise<void>;
}

export interface EngineOptions {
  clock: Clock;
  log?: (event: EngineEvent) => void;
  /** What is loaded before it is asked for. */
  served?: readonly ServedBundle[];
  /**
   * Bytes that the process, which holds `resident` of them, may hold between two runs with bundles of such peaks; by
   * default what those say.
   */
  memoryLimit?: MemoryLimit;
}

export type MemoryLimit = (peakMegabytes: readonly number[], resident: number) => number;

const byPeaks: MemoryLimit = (peakMegabytes, engineBytes) =>
  memoryLimit({ peakMegabytes, engineBytes, availableBytes: undefined, totalBytes: undefined });

class ForkedEngine implements Engine {
  readonly #clock: Clock;
  readonly #log: (event: EngineEvent) => void;
  readonly #memoryLimit: MemoryLimit;
  readonly #lanes: EngineLanes;
  readonly #queue = new EngineQueue();
  readonly #supervisor: Supervisor;
  #allowance: Allowance = unlimited;
  #schedule = freshState;
  #active: Ticket[] = [];
  /** The child is being asked something: it takes one request at a time. */
  #busy = false;
  #cancelWait: Cancel = () => undefined;
  #serving: Promise<unknown> = Promise.resolve();
  /** Waits for the child to be idle, to be replaced. */
  #successor: (() => void) | undefined;
  #closed = false;

  constructor(options: EngineOptions) {
    const { clock, log = () => undefined, served = [] } = options;
    this.#clock = clock;
    this.#log = log;
    this.#memoryLimit = options.memoryLimit ?? byPeaks;
    this.#lanes = new EngineLanes(served);
    // The supervisor may be ready before it is assigned.
    const ready = () => queueMicrotask(() => this.#pump());
    this.#supervisor = new Supervisor({ clock, log, ready });
  }

  get pid(): number | undefined {
    return this.#supervisor.child?.pid;
  }

  analyse(job: EngineJob): Promise<InstanceResult> {
    if (this.#closed) return Promise.reject(closedError());
    const { promise, ...settle } = Promise.withResolvers<InstanceResult>();
    const now = this.#clock.monotonic();
    this.#queue.add(openTicket(job, now, settle), this.#lanes.arrived(job.bundle, now));
    this.#pump();
    return promise;
  }

  raise(exam: string): void {
    this.#queue.raise(exam);
    this.#pump();
  }

  allow(allowance: Allowance): void {
    this.#allowance = allowance;
    this.#pump();
  }

  serve(served: readonly ServedBundle[]): Promise<string | undefined> {
    const done = this.#serving.then(() => this.#succeed(served));
    this.#serving = done;
    return done;
  }

  status(): EngineStatus {
    const { child, isFailing } = this.#supervisor;
    return {
      state: isFailing ? 'failing' : child ? 'ok' : 'starting',
      queued: this.#queue.waiting.length + this.#active.length,
      served: this.#lanes.served,
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelWait();
    for (const ticket of [...this.#queue.empty(), ...this.#active]) ticket.reject(closedError());
    await this.#supervisor.close();
    this.#successor?.();
  }

  async #succeed(served: readonly ServedBundle[]): Promise<string | undefined> {
    if (this.#closed) return 'the engine is closed';
    const child = this.#supervisor.spawn();
    const refusal = await loadAll(child, served);
    if (refusal !== undefined || this.#closed) {
      child.kill('what it was to serve was refused');
      return refusal ?? 'the engine is closed';
    }
    await this.#untilIdle();
    if (this.#closed) return 'the engine is closed';
    this.#lanes.serve(served);
    this.#queue.rename(({ bundle }) => this.#lanes.nameOf(bundle));
    for (const { bundle, placement } of served) this.#tellServing(bundle, placement);
    this.#supervisor.replace(child, 'other bundles are served, or elsewhere');
    return undefined;
  }

  async #untilIdle(): Promise<void> {
    if (!this.#busy) return;
    await new Promise<void>((resolve) => {
      this.#successor = resolve;
    });
    this.#successor = undefined;
  }

  /** Starts what comes next, if anything can start. Harmless at any time. */
  #pump(): void {
    const { child } = this.#supervisor;
    if (this.#busy || this.#closed || this.#successor || !child) return;
    this.#cancelWait();
    const { waiting } = this.#queue;
    const now = this.#clock.monotonic();
    const { lanes } = this.#lanes;
    const choice = chooseBatch(waiting, now, lanes, this.#allowance, this.#schedule);
    if (choice.do === 'run') void this.#occupy(() => this.#run(choice, child));
    else if (choice.do === 'wait')
      this.#cancelWait = this.#clock.after(choice.ms, () => this.#pump());
    else this.#warm(child);
  }

  /** With nothing to do, what is served is loaded before it is asked for. */
  #warm(child: EngineChild): void {
    const next = this.#lanes.served.find(
      ({ bundle: { hash } }) => !child.loaded.has(hash) && !child.refused.has(hash),
    );
    if (next) void this.#occupy(async () => void (await this.#load(next.bundle, child)));
  }

  async #occupy(work: () => Promise<void>): Promise<void> {
    this.#busy = true;
    await work();
    this.#busy = false;
    this.#successor?.();
    this.#pump();
  }

  async #run(run: BatchRun<QueuedWork>, child: EngineChild): Promise<void> {
    this.#active = this.#queue.take(run.work);
    for (const ticket of this.#active) ticket.runs += 1;
    const exchange = await this.#perform(run, this.#active, child);
    const tickets = this.#active;
    this.#active = [];
    if (this.#closed) return;
    for (const [at, ticket] of tickets.entries()) this.#conclude(ticket, at, exchange);
    this.#checkMemory(child, exchange);
  }

  /** Loads the bundle where this child has not yet, then analyses. */
  async #perform(
    run: BatchRun<QueuedWork>,
    tickets: readonly Ticket[],
    child: EngineChild,
  ): Promise<Exchange> {
    const { bundle } = tickets[0]!.job;
    const failure = await this.#load(bundle, child);
    if (failure) return failure;
    const units = tickets.map(({ job }) => extentsOf(job));
    const watchdogMs = this.#lanes.knows(bundle, units.length) ? run.watchdogMs : undefined;
    const limit = runLimit(bundle.manifest.limits.timeoutMs, units.length, watchdogMs);
    const startedAt = this.#clock.monotonic();
    const exchange = await child.exchange({ ask: 'analyse', hash: bundle.hash, units }, limit);
    const endedAt = this.#clock.monotonic();
    this.#schedule = afterRun(this.#schedule, run, [startedAt, endedAt], this.#allowance);
    if (exchange.end === 'reply') this.#lanes.ran(bundle, units.length, endedAt - startedAt);
    return exchange;
  }

  /** Undefined where the child has the bundle. What an accelerator refuses runs on the processor. */
  async #load(bundle: EngineJob['bundle'], child: EngineChild): Promise<Exchange | undefined> {
    if (child.loaded.has(bundle.hash)) return undefined;
    const placement = this.#lanes.placementOf(bundle);
    const failure = await loadInto(child, bundle, placement);
    if (!failure) {
      this.#supervisor.answered();
      this.#tellServing(bundle, placement);
      return undefined;
    }
    const detail = failure.end === 'refused' ? failure.detail : `it ${failure.end}`;
    this.#log({ event: 'refused', bundle: nameOf(bundle), detail });
    if (placement.provider !== onProcessor.provider) {
      this.#lanes.fallBack(bundle, `the accelerator failed: ${detail}`);
      child.refused.delete(bundle.hash);
      if (failure.end === 'refused') return this.#load(bundle, child);
    }
    if (failure.end !== 'refused') return failure;
    return { end: 'reply', reply: { reply: 'refused', detail, resident: 0 } };
  }

  #tellServing(
    bundle: EngineJob['bundle'],
    { provider, because }: ServedBundle['placement'],
  ): void {
    this.#log({ event: 'serving', bundle: nameOf(bundle), on: provider, because });
  }

  #conclude(ticket: Ticket, at: number, exchange: Exchange): void {
    const { id } = ticket.job;
    if (exchange.end === 'reply') {
      this.#supervisor.answered();
      const result = resultOf(exchange, at);
      if (result.state === 'not-analysed' && result.reason === 'model-fault')
        this.#log({ event: 'faulty', id, detail: result.detail });
      ticket.resolve(result);
      return;
    }
    const decision = decide(exchange.end, ticket.runs);
    const failure = exchange.end;
    this.#log({ event: decision.do === 'repeat' ? 'repeated' : 'poisoned', id, failure });
    if (decision.do === 'repeat') this.#queue.add(ticket, this.#lanes.nameOf(ticket.job.bundle));
    else ticket.resolve(decision.result);
  }

  /** A process that has grown too large is better replaced now than killed by the kernel in a run. */
  #checkMemory(child: EngineChild, exchange: Exchange): void {
    if (exchange.end !== 'reply' || child !== this.#supervisor.child) return;
    const { resident } = exchange.reply;
    const limit = this.#memoryLimit([...child.loaded.values()], resident);
    const excess = findExcess(resident, limit);
    if (excess) this.#supervisor.replace(this.#supervisor.spawn(), excess);
  }
}

function nameOf({ manifest: { identity } }: EngineJob['bundle']): string {
  return `${identity.name} ${identity.version}`;
}

function resultOf({ reply }: Extract<Exchange, { end: 'reply' }>, at: number): InstanceResult {
  const result = reply.reply === 'results' ? reply.results[at] : undefined;
  if (result) return result;
  return modelFault(reply.reply === 'refused' ? reply.detail : 'the engine gave no result');
}

/**
 * Starts the engine process and keeps one running: killed on a time limit, started again when it ends, its jobs
 * repeated once, each alone, and then given up as poison.
 */
export function startEngine(options: EngineOptions): Engine {
  return new ForkedEngine(options);
}
