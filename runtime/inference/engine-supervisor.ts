import type { Clock } from '../../device/clock.ts';
import { type ChildEnd, type EngineChild, startChild } from './engine-child.ts';
import type { ServedBundle } from './engine.ts';
import { restartDelay } from './engine-policy.ts';

export interface SupervisorOptions {
  clock: Clock;
  log(event: SupervisorEvent): void;
  /** What the process that serves is to serve now. */
  served(): readonly ServedBundle[];
  /** A child is there that waits for its first request. */
  ready(): void;
}

/** What becomes of the engine process. `why`: its signal or exit code; `because`: the same in words. */
export type SupervisorEvent =
  | { event: 'started'; pid: number | undefined }
  | ({ event: 'ended'; restartInMs: number } & ChildEnd)
  /** Ended on purpose, with another in its place. */
  | { event: 'recycled'; because: string };

/** Ends in a row without an answer between after which AI is said to fail. */
const endsThatFail = 3;

/** Keeps one engine process that serves: started again when it ends, ever more slowly while it does nothing else. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #alive = new Map<EngineChild, Promise<void>>();
  #child: EngineChild | undefined;
  #cancelRestart: () => void = () => undefined;
  /** Ends of a child since one last answered. */
  #ends = 0;
  #closed = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#serve(this.spawn());
  }

  /** The process that serves; undefined while there is none. */
  get child(): EngineChild | undefined {
    return this.#child;
  }

  get isFailing(): boolean {
    return this.#ends >= endsThatFail;
  }

  /** The child has done what it was asked. */
  answered(): void {
    this.#ends = 0;
  }

  /**
   * A process beside the one that serves: to try something in, and then to `replace` it or to end. Only one for which a
   * library has to be proved may start processes.
   */
  spawn(served = this.#options.served()): EngineChild {
    const provesLibraries = served.some(({ placement }) => placement.runtime === 'ort-capi');
    const gone = Promise.withResolvers<void>();
    const child = startChild(this.#options.clock, { provesLibraries }, (end) => {
      this.#alive.delete(child);
      gone.resolve();
      if (child === this.#child) this.#onEnd(end);
    });
    this.#alive.set(child, gone.promise);
    return child;
  }

  /** Puts a child in the place of the one that serves, which is ended. Not while that one is asked something. */
  replace(child: EngineChild, because: string): void {
    const former = this.#child;
    this.#cancelRestart();
    this.#child = undefined;
    former?.kill(because);
    this.#options.log({ event: 'recycled', because });
    // One that has ended meanwhile has nobody to tell it.
    this.#serve(this.#alive.has(child) ? child : this.spawn());
  }

  /** Ends every child and starts none any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelRestart();
    for (const child of this.#alive.keys()) child.kill('the engine is closed');
    await Promise.all(this.#alive.values());
  }

  #serve(child: EngineChild): void {
    this.#child = child;
    this.#options.log({ event: 'started', pid: child.pid });
    this.#options.ready();
  }

  #onEnd(end: ChildEnd): void {
    this.#child = undefined;
    if (this.#closed) return;
    this.#ends += 1;
    const restartInMs = restartDelay(this.#ends);
    this.#options.log({ event: 'ended', ...end, restartInMs });
    this.#cancelRestart = this.#options.clock.after(restartInMs, () => this.#serve(this.spawn()));
  }
}
