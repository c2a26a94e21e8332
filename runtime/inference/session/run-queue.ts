import { ScansideError } from '../../../device/errors.ts';

function refuse(why: string): never {
  throw new ScansideError('MODEL_FAULT', `running: ${why}`);
}

/** The runs of one session: one after the other, not more than a limit of them, and none after the close. */
export class RunQueue {
  readonly #limit: number;
  /** Settles, and never fails, with the last run that was accepted. */
  #tail: Promise<unknown> = Promise.resolve();
  #accepted = 0;
  #closed = false;

  constructor(limit = 64) {
    this.#limit = limit;
  }

  /** Throws MODEL_FAULT where a run would be refused, so that nothing need be copied for it. */
  checkOpen(): void {
    if (this.#closed) refuse('the session is closed');
    if (this.#accepted >= this.#limit) refuse(`${this.#limit} runs are waiting already`);
  }

  /** Does `work` when its turn comes, unless the session has been closed or `signal` given by then. */
  async enter<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    this.checkOpen();
    this.#accepted += 1;
    const turn = this.#tail.then(() => {
      if (this.#closed) refuse('the session is closed');
      if (signal?.aborted) refuse('ended before it began');
      return work();
    });
    this.#tail = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.#accepted -= 1;
    }
  }

  /** Waits for the run under way; those that wait behind it are refused. Harmless when called again. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#tail;
  }
}
