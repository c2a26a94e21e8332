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

/** Runs a job gets in all: the first failure may have been another's fault, the second is its own. */
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
