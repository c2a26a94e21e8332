import type { Clock } from '../../device/clock.ts';
import type { InstanceResult } from '../../models/outcome.ts';
import type { BatchPeak } from './budget/budget-state.ts';
import { Dispatcher } from './engine-dispatcher.ts';
import type { EngineJob } from './engine-job.ts';
import type { ServedBundle } from './engine-lanes.ts';
import type { SupervisorEvent } from './engine-supervisor.ts';
import type { Allowance } from './schedule/work.ts';

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
  | { event: 'refused'; bundle: string; detail: string }
  /** Networks run on the server again, or no longer. */
  | { event: 'routed'; because: string };

export interface EngineStatus {
  state: 'ok' | 'starting' | 'failing';
  /** Units that wait or run. */
  queued: number;
  /** What came last will be later than it is wanted. Undefined in `byMs` while nothing of its class may run. */
  late: { byMs: number | undefined; because: string } | undefined;
  served: readonly ServedBundle[];
  /** What is served in name only: bundles that the process does not take, by hash, and why. */
  refused: ReadonlyMap<string, string>;
  /** Networks that run here although a server is to run them, and why. */
  detours: readonly { network: string; because: string }[];
  /** Memory that a run takes, as far as it is learned. */
  peak: BatchPeak | undefined;
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
  /** AI is paused: answers everything that waits with `not-analysed`, `paused`. What runs is let run. */
  drop(): void;
  /** What the budget leaves to the engine from now on. Without classes everything waits and nothing is lost. */
  allow(allowance: Allowance): void;
  /** The power mode of the device: what was learned of times holds for one. */
  setPowerMode(mode: string): void;
  /**
   * Serves these bundles, in a process of their own that takes the place of the one before when it has loaded and
   * tested them all; that one serves until then, and further on where one is refused. Resolves with why, or undefined.
   */
  serve(served: readonly ServedBundle[]): Promise<string | undefined>;
  /** Loads and tests bundles in a process of their own, as `serve` does, and ends it. Resolves with why not, or undefined. */
  rehearse(served: readonly ServedBundle[]): Promise<string | undefined>;
  status(): EngineStatus;
  /** Process id of the child that runs now; undefined while there is none. */
  readonly pid: number | undefined;
  /** Ends the child and rejects what is waiting. */
  close(): Promise<void>;
}

/** Bytes that a process, which holds `resident` of them, may hold between two runs with bundles of such peaks. */
export type MemoryLimit = (peakMegabytes: readonly number[], resident: number) => number;

export interface EngineOptions {
  clock: Clock;
  log?: (event: EngineEvent) => void;
  /** What is loaded before it is asked for. */
  served?: readonly ServedBundle[];
  /** By default what the bundles say. */
  memoryLimit?: MemoryLimit;
  /** Told of every unit before it waits: what nobody waits for has to go. */
  arrived?: () => void;
  /** The accelerator does not take what was compiled for it; the processor serves. */
  acceleratorRefused?: (bundle: ServedBundle['bundle'], why: string) => void;
}

/**
 * Starts the engine process and keeps one running: killed on a time limit, started again when it ends, its jobs
 * repeated once, each alone, and then given up as poison.
 */
export function startEngine(options: EngineOptions): Engine {
  return new Dispatcher(options);
}
