import type { Cancel, Clock } from './clock.ts';

interface Timer {
  due: number;
  fire: () => void;
}

/** A clock that stands still until a test moves it. Timers fire in the order in which they are due. */
export class ManualClock implements Clock {
  #wall: number;
  #elapsed = 0;
  #timers = new Set<Timer>();

  constructor(wall = 1_800_000_000_000) {
    this.#wall = wall;
  }

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  after(ms: number, fire: () => void): Cancel {
    const timer = { due: this.#elapsed + ms, fire };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Moves both clocks forward and fires what has become due, also what that in turn starts. */
  advance(ms: number): void {
    const end = this.#elapsed + ms;
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#timers.delete(next);
      this.#move(next.due);
      next.fire();
    }
    this.#move(end);
  }

  /** Moves wall time alone, as a clock correction does. */
  step(ms: number): void {
    this.#wall += ms;
  }

  #next(end: number): Timer | undefined {
    const due = [...this.#timers].filter((timer) => timer.due <= end);
    return due.sort((a, b) => a.due - b.due)[0];
  }

  #move(to: number): void {
    this.#wall += to - this.#elapsed;
    this.#elapsed = to;
  }
}
