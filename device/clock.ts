/** Stops a timer that has not fired; harmless afterwards. */
export type Cancel = () => void;

/**
 * The one way to read time and to wait. Everything that needs either takes a Clock as an argument, so that a test
 * can own time. Only this folder may touch `Date` and `setTimeout`; lint enforces it.
 */
export interface Clock {
  /** Wall time, milliseconds since 1970 UTC. For records that people and other systems read. It may jump. */
  now(): number;
  /** Milliseconds that never go back and mean nothing by themselves. For durations, deadlines and timers. */
  monotonic(): number;
  /** Calls `fire` once after `ms` milliseconds. The timer keeps the process alive. */
  after(ms: number, fire: () => void): Cancel;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, fire) {
    const timer = setTimeout(fire, ms);
    return () => clearTimeout(timer);
  },
};

/** Wall time as UTC by ISO 8601, with milliseconds. */
export function isoInstant(ms: number): string {
  return new Date(ms).toISOString();
}

/** Resolves after `ms` milliseconds. */
export function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}
