import type { Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import type { Bundle } from '../../models/bundle.ts';
import type { InstanceResult } from '../../models/outcome.ts';
import { type EngineChild, type Exchange, startChild } from './engine-child.ts';
import type { ImageExtent } from './engine-message.ts';
import { decide, restartDelay } from './engine-policy.ts';

/** An image where it lies: the file, and the byte range in it, that hold the data set without file meta information. */
export interface EngineImage {
  path: string;
  offset: number;
  length: number;
  /** Opens the data set; undefined where it is not sealed. */
  key?: Uint8Array | undefined;
  transferSyntaxUid: string;
}

/** One unit of work for one model. */
export interface EngineJob {
  /** Names the job in events; unique. */
  id: string;
  /** One image, or the slices that the model looks at together. */
  images: EngineImage[];
  bundle: Bundle;
}

/** What the engine tells its log. No patient data: ids are the caller's. */
export type EngineEvent =
  | { event: 'started'; pid: number | undefined }
  | { event: 'ended'; why: string; restartInMs: number }
  | { event: 'repeated'; id: string; failure: string }
  | { event: 'poisoned'; id: string; failure: string };

/** The one inference process of an accelerator, and the queue of work before it. */
export interface Engine {
  /**
   * Analyses a unit of work, after those asked for before and together with others for the same bundle. What is wrong with the image, the model or the process is in
   * the result. Rejects with ENGINE_FAILED only when the engine is closed before there is one.
   */
  analyse(job: EngineJob): Promise<InstanceResult>;
  /** Process id of the child that runs now; undefined while there is none. */
  readonly pid: number | undefined;
  /** Ends the child and rejects what is waiting. */
  close(): Promise<void>;
}

export interface EngineOptions {
  clock: Clock;
  log?: (event: EngineEvent) => void;
}

/** A job on its way, with the promise that waits for it. */
interface Ticket {
  job: EngineJob;
  /** Runs begun. */
  runs: number;
  resolve(result: InstanceResult): void;
  reject(error: Error): void;
}

/** Milliseconds to load a bundle and pass its self-test. */
const loadLimitMs = 60_000;

function modelFault(detail: string): InstanceResult {
  return { state: 'not-analysed', reason: 'model-fault', detail };
}

class ForkedEngine implements Engine {
  readonly #clock: Clock;
  readonly #log: (event: EngineEvent) => void;
  readonly #queue: Ticket[] = [];
  #active: Ticket[] = [];
  #child: EngineChild | undefined;
  #cancelRestart: () => void = () => undefined;
  /** Ends of the child since it last answered. */
  #ends = 0;
  #closed: (() => void) | undefined;

  constructor({ clock, log }: EngineOptions) {
    this.#clock = clock;
    this.#log = log ?? (() => undefined);
    this.#start();
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  analyse(job: EngineJob): Promise<InstanceResult> {
    if (this.#closed) return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      this.#queue.push({ job, runs: 0, resolve, reject });
      this.#pump();
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    const gone = new Promise<void>((resolve) => {
      this.#closed = resolve;
    });
    this.#cancelRestart();
    for (const ticket of this.#queue.splice(0)) ticket.reject(closedError());
    for (const ticket of this.#active) ticket.reject(closedError());
    if (!this.#child) return;
    this.#child.kill();
    await gone;
  }

  #start(): void {
    this.#child = startChild(this.#clock, (why) => this.#onEnd(why));
    this.#log({ event: 'started', pid: this.#child.pid });
    this.#pump();
  }

  #onEnd(why: string): void {
    this.#child = undefined;
    if (this.#closed) {
      this.#closed();
      return;
    }
    this.#ends += 1;
    const restartInMs = restartDelay(this.#ends);
    this.#log({ event: 'ended', why, restartInMs });
    this.#cancelRestart = this.#clock.after(restartInMs, () => this.#start());
  }

  #pump(): void {
    if (this.#active.length > 0 || !this.#child || this.#closed) return;
    this.#active = takeBatch(this.#queue);
    if (this.#active.length > 0) void this.#run(this.#active, this.#child);
  }

  async #run(tickets: Ticket[], child: EngineChild): Promise<void> {
    for (const ticket of tickets) ticket.runs += 1;
    const exchange = await perform(
      tickets.map(({ job }) => job),
      child,
    );
    this.#active = [];
    if (this.#closed) return;
    for (const [at, ticket] of tickets.entries()) this.#conclude(ticket, at, exchange);
    this.#pump();
  }

  #conclude(ticket: Ticket, at: number, exchange: Exchange): void {
    if (exchange.end === 'reply') {
      this.#ends = 0;
      ticket.resolve(resultOf(exchange, at));
      return;
    }
    const decision = decide(exchange.end, ticket.runs);
    const [id, failure] = [ticket.job.id, exchange.end];
    this.#log({ event: decision.do === 'repeat' ? 'repeated' : 'poisoned', id, failure });
    // At the back of the queue: a job that kills the child must not hold up the others.
    if (decision.do === 'repeat') this.#queue.push(ticket);
    else ticket.resolve(decision.result);
  }
}

function closedError(): ScansideError {
  return new ScansideError('ENGINE_FAILED', 'the engine was closed before the analysis was done');
}

/**
 * The next job and those right behind it that may run with it: for the same bundle, none of them one that has failed
 * before, for such a one must show alone whether the fault is its own.
 */
function takeBatch(queue: Ticket[]): Ticket[] {
  const [first] = queue;
  if (!first) return [];
  const { hash, manifest } = first.job.bundle;
  const fits = ({ job, runs }: Ticket) => job.bundle.hash === hash && runs === 0;
  const end = queue.findIndex((ticket, at) => at > 0 && !fits(ticket));
  const length = first.runs > 0 ? 1 : end < 0 ? queue.length : end;
  return queue.splice(0, Math.min(length, manifest.network.input.batch));
}

function resultOf({ reply }: Extract<Exchange, { end: 'reply' }>, at: number): InstanceResult {
  const result = reply.reply === 'results' ? reply.results[at] : undefined;
  if (result) return result;
  return modelFault(reply.reply === 'refused' ? reply.detail : 'the engine gave no result');
}

function extentOf({ key, ...image }: EngineImage): ImageExtent {
  return { ...image, key: key && Buffer.from(key).toString('base64') };
}

/** Loads the bundle of the jobs where this child has not yet, then analyses them. */
async function perform(jobs: EngineJob[], child: EngineChild): Promise<Exchange> {
  const { folder, hash, manifest } = jobs[0]!.bundle;
  if (!child.loaded.has(hash)) {
    const loading = await child.exchange({ ask: 'load', folder, hash }, loadLimitMs);
    if (loading.end !== 'reply' || loading.reply.reply !== 'loaded') return loading;
    child.loaded.add(hash);
  }
  const units = jobs.map(({ images }) => images.map(extentOf));
  return child.exchange({ ask: 'analyse', hash, units }, manifest.limits.timeoutMs * jobs.length);
}

/**
 * Starts the engine process and keeps one running: killed on a time limit, started again when it ends, its job
 * repeated once and then given up as poison.
 */
export function startEngine(options: EngineOptions): Engine {
  return new ForkedEngine(options);
}
