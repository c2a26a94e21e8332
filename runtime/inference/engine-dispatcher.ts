import type { Cancel, Clock } from '../../device/clock.ts';
import type { InstanceResult } from '../../models/outcome.ts';
import type { Engine, EngineEvent, EngineOptions, EngineStatus, MemoryLimit } from './engine.ts';
import type { EngineChild, Exchange } from './engine-child.ts';
import {
  closedError,
  type EngineJob,
  extentsOf,
  openTicket,
  resultOf,
  type Ticket,
} from './engine-job.ts';
import { EngineLanes, type ServedBundle } from './engine-lanes.ts';
import { EngineMemory, limitByPeaks } from './engine-memory.ts';
import type { EngineReply } from './engine-message.ts';
import { EngineLoading } from './engine-loading.ts';
import { decide, findExcess, runLimit, serverPatience } from './engine-policy.ts';
import { EngineQueue, type QueuedWork } from './engine-queue.ts';
import { Supervisor } from './engine-supervisor.ts';
import { admit } from './schedule/admission.ts';
import { afterRun, type BatchRun, chooseBatch, freshState } from './schedule/scheduler.ts';
import { type Allowance, unlimited } from './schedule/work.ts';

/** Starts what the scheduler chooses, one run at a time, and gives every job its one result. */
export class Dispatcher implements Engine {
  readonly #clock: Clock;
  readonly #log: (event: EngineEvent) => void;
  readonly #memoryLimit: MemoryLimit;
  readonly #arrived: () => void;
  readonly #queue = new EngineQueue();
  readonly #memory = new EngineMemory();
  readonly #lanes: EngineLanes;
  readonly #supervisor: Supervisor;
  readonly #loading: EngineLoading;
  #allowance: Allowance = unlimited;
  #schedule = freshState;
  #active: Ticket[] = [];
  /** When the run under way is expected to end. */
  #idleAt = -Infinity;
  /** The child is being asked something: it takes one request at a time. */
  #busy = false;
  /** Told when the child is not: another is to take its place. */
  #whenIdle: (() => void) | undefined;
  #cancelWait: Cancel = () => undefined;
  #serving: Promise<unknown> = Promise.resolve();
  /** Networks that run here although a server is to run them. */
  #detours: EngineStatus['detours'] = [];
  #closed = false;

  constructor(options: EngineOptions) {
    const { clock, log = () => undefined, served = [] } = options;
    this.#clock = clock;
    this.#log = log;
    this.#memoryLimit = options.memoryLimit ?? limitByPeaks;
    this.#arrived = options.arrived ?? (() => undefined);
    this.#lanes = new EngineLanes(served);
    // The first child is there before the supervisor is.
    const ready = () => queueMicrotask(() => this.#pump());
    const lanes = this.#lanes;
    const supervisor = new Supervisor({ clock, log, ready, served: () => lanes.served });
    this.#supervisor = supervisor;
    const acceleratorRefused = options.acceleratorRefused ?? (() => undefined);
    this.#loading = new EngineLoading({ lanes, supervisor, log, acceleratorRefused });
  }

  get pid(): number | undefined {
    return this.#supervisor.child?.pid;
  }

  analyse(job: EngineJob): Promise<InstanceResult> {
    if (this.#closed) return Promise.reject(closedError());
    this.#arrived();
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

  drop(): void {
    for (const ticket of this.#queue.empty())
      ticket.resolve({ state: 'not-analysed', reason: 'paused', detail: '' });
  }

  allow(allowance: Allowance): void {
    this.#allowance = allowance;
    this.#pump();
  }

  setPowerMode(mode: string): void {
    if (!this.#lanes.setPowerMode(mode)) return;
    this.#queue.rename(({ bundle }) => this.#lanes.laneOf(bundle));
  }

  serve(served: readonly ServedBundle[]): Promise<string | undefined> {
    const done = this.#serving.then(() => this.#succeed(served));
    this.#serving = done;
    return done;
  }

  async rehearse(served: readonly ServedBundle[]): Promise<string | undefined> {
    const child = await this.#loading.prepare(served);
    if (typeof child === 'string') return child;
    child.kill('it was a rehearsal');
    return undefined;
  }

  status(): EngineStatus {
    const { child, isFailing } = this.#supervisor;
    return {
      state: isFailing ? 'failing' : child ? 'ok' : 'starting',
      queued: this.#queue.waiting.length + this.#active.length,
      late: this.#foretell(),
      detours: this.#detours,
      peak: this.#memory.peak(this.#lanes.largest),
      served: this.#lanes.served,
      refused: child?.refused ?? new Map(),
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelWait();
    for (const ticket of [...this.#queue.empty(), ...this.#active]) ticket.reject(closedError());
    await this.#supervisor.close();
    this.#whenIdle?.();
  }

  /** Whether what came last is done in time. */
  #foretell(): EngineStatus['late'] {
    const waiting = this.#queue.waiting;
    const last = waiting.at(-1);
    if (!last) return undefined;
    const admission = admit(last, {
      waiting: waiting.slice(0, -1),
      now: this.#clock.monotonic(),
      idleAt: this.#idleAt,
      lanes: this.#lanes.lanes,
      allowance: this.#allowance,
      state: this.#schedule,
    });
    return admission.verdict === 'late' ? admission : undefined;
  }

  async #succeed(served: readonly ServedBundle[]): Promise<string | undefined> {
    const closed = 'the engine is closed';
    if (this.#closed) return closed;
    const child = await this.#loading.prepare(served);
    if (typeof child === 'string') return child;
    await this.#untilIdle();
    if (this.#closed) return closed;
    this.#loading.replace(child, served);
    this.#queue.rename(({ bundle }) => this.#lanes.laneOf(bundle));
    return undefined;
  }

  async #untilIdle(): Promise<void> {
    if (!this.#busy) return;
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
    });
    this.#whenIdle = undefined;
  }

  /** Starts what comes next, if anything can start. Harmless at any time. */
  #pump(): void {
    const { child } = this.#supervisor;
    if (this.#busy || this.#closed || this.#whenIdle || !child) return;
    this.#cancelWait();
    const now = this.#clock.monotonic();
    const { lanes } = this.#lanes;
    const choice = chooseBatch(this.#queue.waiting, now, lanes, this.#allowance, this.#schedule);
    if (choice.do === 'run') return void this.#occupy(() => this.#run(choice, child));
    if (choice.do === 'wait') this.#cancelWait = this.#clock.after(choice.ms, () => this.#pump());
    // With nothing to do, what is served is loaded before it is asked for.
    const next = choice.do === 'nothing' ? this.#loading.next(child) : undefined;
    if (next) void this.#occupy(() => this.#loading.load(next, child));
  }

  async #occupy(work: () => Promise<unknown>): Promise<void> {
    this.#busy = true;
    await work();
    this.#busy = false;
    this.#idleAt = -Infinity;
    this.#whenIdle?.();
    this.#pump();
  }

  async #run(run: BatchRun<QueuedWork>, child: EngineChild): Promise<void> {
    const tickets = this.#queue.take(run.work);
    this.#active = tickets;
    for (const ticket of tickets) ticket.runs += 1;
    const { bundle } = tickets[0]!.job;
    const failure = await this.#loading.loadForJobs(bundle, child);
    const exchange = failure ?? (await this.#analyse(run, tickets, child));
    this.#active = [];
    if (this.#closed) return;
    for (const [at, ticket] of tickets.entries()) this.#conclude(ticket, at, exchange);
    if (exchange.end !== 'reply') return;
    this.#noteDetours(exchange.reply);
    this.#checkMemory(child, exchange.reply.resident);
  }

  async #analyse(
    run: BatchRun<QueuedWork>,
    tickets: readonly Ticket[],
    child: EngineChild,
  ): Promise<Exchange> {
    const { bundle } = tickets[0]!.job;
    const units = tickets.map(({ job }) => extentsOf(job));
    const watchdogMs = this.#lanes.knows(run.lane, units.length) ? run.watchdogMs : Infinity;
    const patience = serverPatience(this.#lanes.placementOf(bundle).server);
    const limit = patience + runLimit(bundle.manifest.limits.timeoutMs, units.length, watchdogMs);
    const startedAt = this.#clock.monotonic();
    this.#idleAt = startedAt + run.expectedMs;
    const exchange = await child.exchange({ ask: 'analyse', hash: bundle.hash, units }, limit);
    const endedAt = this.#clock.monotonic();
    this.#schedule = afterRun(this.#schedule, run, [startedAt, endedAt], this.#allowance);
    if (exchange.end === 'reply')
      this.#learn(run.lane, units.length, endedAt - startedAt, exchange.reply, child);
    return exchange;
  }

  #learn(lane: string, units: number, ms: number, reply: EngineReply, { pid }: EngineChild): void {
    const { resident, highest } = reply;
    this.#supervisor.answered();
    this.#lanes.ran(lane, units, ms);
    this.#memory.answered({ pid, resident, highest }, { lane, units });
  }

  #conclude(ticket: Ticket, at: number, exchange: Exchange): void {
    const { id, bundle } = ticket.job;
    if (exchange.end === 'reply') {
      const result = resultOf(exchange.reply, at);
      if (result.state === 'not-analysed' && result.reason === 'model-fault')
        this.#log({ event: 'faulty', id, detail: result.detail });
      return ticket.resolve(result);
    }
    const decision = decide(exchange.end, ticket.runs);
    const failure = exchange.end;
    this.#log({ event: decision.do === 'repeat' ? 'repeated' : 'poisoned', id, failure });
    if (decision.do === 'repeat') this.#queue.add(ticket, this.#lanes.laneOf(bundle));
    else ticket.resolve(decision.result);
  }

  #noteDetours({ detours = [] }: EngineReply): void {
    const [before, now] = [this.#detours, detours].map(([first]) => first?.because);
    this.#detours = detours;
    if (before !== now) this.#log({ event: 'routed', because: now ?? 'the server answers' });
  }

  /** A process that has grown too large is better replaced now than killed by the kernel in a run. */
  #checkMemory(child: EngineChild, resident: number): void {
    if (child !== this.#supervisor.child) return;
    const excess = findExcess(resident, this.#memoryLimit([...child.loaded.values()], resident));
    if (excess) this.#supervisor.replace(this.#supervisor.spawn(), excess);
  }
}
