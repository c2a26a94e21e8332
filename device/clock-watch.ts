import type { Cancel, Clock } from './clock.ts';

/** A smaller step is a time server's ordinary work. */
const jumpFromMs = 2 * 60_000;
const everyMs = 10_000;
/** How long a jump is remembered: what was written around it is still read. */
const rememberMs = 24 * 3600_000;

interface Moment {
  wall: number;
  monotonic: number;
}

/** Notices when wall time jumps against the time that has really passed. */
export class ClockWatch {
  readonly #clock: Clock;
  readonly #jumped: (byMs: number) => void;
  #last: Moment;
  #jump: { byMs: number; at: number } | undefined;
  #cancel: Cancel = () => undefined;

  /** `jumped` is told of each jump, milliseconds, forward or back. */
  constructor(clock: Clock, jumped: (byMs: number) => void) {
    this.#clock = clock;
    this.#jumped = jumped;
    this.#last = this.#now();
  }

  start(): void {
    this.#look();
  }

  close(): void {
    this.#cancel();
  }

  /** The last jump of a day, milliseconds; undefined where there was none. */
  get jumpMs(): number | undefined {
    const jump = this.#jump;
    const isOver = !jump || this.#clock.monotonic() - jump.at > rememberMs;
    return isOver ? undefined : jump.byMs;
  }

  #now(): Moment {
    return { wall: this.#clock.now(), monotonic: this.#clock.monotonic() };
  }

  #look(): void {
    this.#cancel = this.#clock.after(everyMs, () => this.#look());
    const [before, now] = [this.#last, this.#now()];
    this.#last = now;
    const byMs = now.wall - before.wall - (now.monotonic - before.monotonic);
    if (Math.abs(byMs) <= jumpFromMs) return;
    this.#jump = { byMs, at: now.monotonic };
    this.#jumped(byMs);
  }
}
