import { type ErrorCode, errorCatalogue } from '../../device/errors.ts';

/** What was measured or found, by the name that a person reads. Nothing about a patient, no secret. */
export type Facts = Readonly<Record<string, string | number>>;

/**
 * What a check has found. `warn`: to be known, and no reason to stop. `skipped`: not tried, because what it needs is not
 * there. `waived`: failed, or not tried, and somebody has answered for that by name.
 */
export interface Verdict {
  state: 'pass' | 'warn' | 'fail' | 'waived' | 'skipped';
  code?: ErrorCode;
  /** What is probably wrong, with what was seen. */
  cause?: string;
  /** What to do about it. */
  next?: string;
  facts: Facts;
}

/** One question to the machine, the network or a peer. */
export interface Check {
  /** Of small letters, digits and hyphens; unique in its step. */
  name: string;
  title: string;
  /** Never rejects for what the world does wrong: that is its answer. */
  run(): Promise<Verdict>;
}

/** Checks of which each makes sense only when the one before it has not failed. */
export type Chain = readonly Check[];

export function pass(facts: Facts = {}): Verdict {
  return { state: 'pass', facts };
}

export function skip(cause: string): Verdict {
  return { state: 'skipped', cause, facts: {} };
}

export function warn(code: ErrorCode, detail: string, facts: Facts = {}): Verdict {
  return { state: 'warn', ...explain(code, detail), facts };
}

export function fail(code: ErrorCode, detail: string, facts: Facts = {}): Verdict {
  return { state: 'fail', ...explain(code, detail), facts };
}

function explain(code: ErrorCode, detail: string) {
  const { means, remedy } = errorCatalogue[code];
  return { code, cause: `${means}: ${detail}`, next: remedy };
}

/** The state of several verdicts together: the worst of them; `skipped` only where nothing else was found. */
export function worst(states: readonly Verdict['state'][]): Verdict['state'] {
  const order = ['fail', 'waived', 'warn', 'pass'] as const;
  return order.find((state) => states.includes(state)) ?? 'skipped';
}
