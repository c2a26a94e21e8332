import type { InstanceResult } from '../../models/outcome.ts';

/** How an exchange with the engine's child can end without an answer. */
export type Failure = 'died' | 'timeout';

/** What to do with the job at hand. */
export type Decision = { do: 'repeat' } | { do: 'answer'; result: InstanceResult };

const poisoned: Record<Failure, InstanceResult> = {
  died: {
    state: 'not-analysed',
    reason: 'model-fault',
    detail: 'the engine process ended twice on this image',
  },
  timeout: {
    state: 'not-analysed',
    reason: 'timeout',
    detail: 'the engine process did not answer in time and was stopped',
  },
};

/** Runs a job gets in all: the first failure may have been another's fault, the second, alone, is its own. */
const runs = 2;

/** After a failure of the `run`th run of a job, counted from 1. */
export function decide(failure: Failure, run: number): Decision {
  return run < runs ? { do: 'repeat' } : { do: 'answer', result: poisoned[failure] };
}

const firstDelay = 50;
const longestDelay = 30_000;

/** Milliseconds to wait before the child is started again, after `ends` ends in a row without an answer between. */
export function restartDelay(ends: number): number {
  return Math.min(longestDelay, firstDelay * 2 ** Math.min(ends - 1, 20));
}

/**
 * Milliseconds after which a run of `units` is taken to hang: twice what such runs take (`watchdogMs`, at least five
 * seconds; infinite before anything is learned), never more than the bundle's maker allows each unit.
 */
export function runLimit(timeoutMs: number, units: number, watchdogMs: number): number {
  return Math.min(timeoutMs * units, watchdogMs);
}

/** Milliseconds that a run may take longer because of a server that does not answer, until it is done here. */
export function serverPatience(
  server: { timeoutMs: number; attempts: number; longestRetryPauseMs: number } | undefined,
): number {
  return server ? server.attempts * (server.timeoutMs + server.longestRetryPauseMs) : 0;
}

const endings: Record<string, string> = {
  SIGSEGV: 'native code crashed',
  SIGBUS: 'native code crashed',
  SIGILL: 'native code crashed: an instruction that this processor has not',
  SIGFPE: 'native code crashed',
  SIGABRT: 'native code gave up',
  SIGKILL: 'it was killed from outside, as the kernel does when memory is short',
};

/** Why a process has ended that nobody here has ended, from its signal or exit code. */
export function explainEnd(how: string): string {
  return endings[how] ?? 'it ended by itself';
}

/** Why a child that holds so many bytes must go, or undefined where it may hold them. */
export function findExcess(resident: number, limit: number): string | undefined {
  if (resident <= limit) return undefined;
  const [held, allowed] = [resident, limit].map((bytes) => Math.round(bytes / 2 ** 20));
  return `it holds ${held} MiB of memory and may hold ${allowed} MiB`;
}
