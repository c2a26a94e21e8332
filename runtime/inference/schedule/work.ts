/** How urgent work is, the most urgent first. A class is served before the next, but none starves. */
export const priorities = ['stat', 'routine', 'reprocess', 'shadow', 'self-test'] as const;

export type Priority = (typeof priorities)[number];

/** One unit of work that waits for the accelerator. Times are monotonic milliseconds. */
export interface Work {
  id: string;
  /** Work of one lane may share a run: same bundle, same placement. */
  lane: string;
  priority: Priority;
  arrivedAt: number;
  /** When its result is wanted. All slices of a series have the same. */
  deadline: number;
  /** Must run alone, because a run that it was part of has failed. */
  alone: boolean;
}

/** What the budget of heat, power and memory leaves to the scheduler. */
export interface Allowance {
  /** Largest batch, as a share of what the lane allows, above 0 to 1; at least one unit always fits. */
  batchShare: number;
  /** Largest share of time that the accelerator may be busy, 0 to 1: rest between batches is what cools. */
  duty: number;
  /** Classes that may run now. None: work is accepted and waits. */
  classes: readonly Priority[];
}

/** No limit by heat, power or memory. */
export const unlimited: Allowance = { batchShare: 1, duty: 1, classes: priorities };
