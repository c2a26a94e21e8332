import type { EngineJob, Ticket } from './engine-job.ts';
import type { Work } from './schedule/work.ts';

/** Work that waits, with whoever waits for it. */
export interface QueuedWork extends Work {
  ticket: Ticket;
}

/** What waits for the accelerator, in order of arrival. Choosing from it is the scheduler's. */
export class EngineQueue {
  #waiting: QueuedWork[] = [];
  /** Of each series of which something waits: when its results are wanted. */
  readonly #deadlines = new Map<string, number>();

  get waiting(): readonly QueuedWork[] {
    return this.#waiting;
  }

  /** Adds a ticket, or puts back one whose run has failed: that must show alone whether the fault is its own. */
  add(ticket: Ticket, lane: string): void {
    const { job, priority, arrivedAt, deadline, runs } = ticket;
    const alone = runs > 0;
    this.#waiting.push({ id: job.id, lane, priority, arrivedAt, deadline, alone, ticket });
    if (job.series !== undefined) this.#share(job.series, deadline);
  }

  /** All slices of a series have the deadline of the newest: before that one is done none of them is of use. */
  #share(series: string, deadline: number): void {
    const shared = Math.max(deadline, this.#deadlines.get(series) ?? -Infinity);
    this.#deadlines.set(series, shared);
    for (const work of this.#waiting) if (work.ticket.job.series === series) work.deadline = shared;
  }

  /** Takes work out to be run. */
  take(chosen: readonly QueuedWork[]): Ticket[] {
    const taken = new Set(chosen);
    this.#waiting = this.#waiting.filter((work) => !taken.has(work));
    this.#forgetSeries();
    return chosen.map(({ ticket }) => ticket);
  }

  #forgetSeries(): void {
    if (this.#deadlines.size === 0) return;
    const waiting = new Set(this.#waiting.map(({ ticket }) => ticket.job.series));
    for (const series of this.#deadlines.keys())
      if (!waiting.has(series)) this.#deadlines.delete(series);
  }

  /** Makes what waits of an exam STAT. */
  raise(exam: string): void {
    for (const work of this.#waiting)
      if (work.ticket.job.exam === exam) work.priority = work.ticket.priority = 'stat';
  }

  /** Names the lanes of what waits anew: bundles run elsewhere from now on. */
  rename(laneOf: (job: EngineJob) => string): void {
    for (const work of this.#waiting) work.lane = laneOf(work.ticket.job);
  }

  /** Takes everything out. */
  empty(): Ticket[] {
    return this.take([...this.#waiting]);
  }
}
