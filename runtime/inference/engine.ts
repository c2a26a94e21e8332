import type { Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import type { Bundle } from '../../models/bundle.ts';
import type { InstanceResult } from '../../models/outcome.ts';
import { type EngineChild, type Exchange, startChild } from './engine-child.ts';
import { decide, restartDelay } from './engine-policy.ts';

/** One image for one model. */
export interface EngineJob {
  /** Names the job in events; unique. */
  id: string;
  /** The file, and the byte range in it, that hold the data set without file meta information. */
  path: string;
  offset: number;
  length: number;
  /** Opens the data set; undefined where it is not sealed. */
  key?: Uint8Array | undefined;
  transferSyntaxUid: string;
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
   * Analyses an image, after those asked for before. What is wrong with the image, the model or the process is in
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
  #active: Ticket | undefined;
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
    this.#active?.reject(closedError());
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
    if (this.#active || !this.#child || this.#closed) return;
    this.#active = this.#queue.shift();
    if (this.#active) void this.#run(this.#active, this.#child);
  }

  async #run(ticket: Ticket, child: EngineChild): Promise<void> {
    ticket.runs += 1;
    const exchange = await perform(ticket.job, child);
    this.#active = undefined;
    if (this.#closed) return;
    this.#conclude(ticket, exchange);
    this.#pump();
  }

  #conclude(ticket: Ticket, exchange: Exchange): void {
    if (exchange.end === 'reply') {
      this.#ends = 0;
      ticket.resolve(resultOf(exchange));
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

function resultOf({ reply }: Extract<Exchange, { end: 'reply' }>): InstanceResult {
  if (reply.reply === 'result') return reply.result;
  return modelFault(reply.reply === 'refused' ? reply.detail : 'the engine gave no result');
}

/** Loads the job's bundle where this child has not yet, then analyses. */
async function perform(job: EngineJob, child: EngineChild): Promise<Exchange> {
  const { folder, modelHash, manifest } = job.bundle;
  if (!child.loaded.has(modelHash)) {
    const loading = await child.exchange({ ask: 'load', folder, modelHash }, loadLimitMs);
    if (loading.end !== 'reply' || loading.reply.reply !== 'loaded') return loading;
    child.loaded.add(modelHash);
  }
  const { path, offset, length, transferSyntaxUid } = job;
  const key = job.key && Buffer.from(job.key).toString('base64');
  return child.exchange(
    { ask: 'analyse', modelHash, path, offset, length, key, transferSyntaxUid },
    manifest.timeoutMs,
  );
}

/**
 * Starts the engine process and keeps one running: killed on a time limit, started again when it ends, its job
 * repeated once and then given up as poison.
 */
export function startEngine(options: EngineOptions): Engine {
  return new ForkedEngine(options);
}
