import type { Cancel, Clock } from '../../device/clock.ts';
import type { MetadataSource } from '../trust/metadata-source.ts';
import type { UpdateAgent } from './agent.ts';

export interface AgentLoopOptions {
  clock: Clock;
  agent: UpdateAgent;
  /** Where assignments lie, and under which name that of this device. */
  assignments: { source: MetadataSource; name: string };
  /** Milliseconds between two questions for a new assignment. */
  pollMs: number;
  /** Told of what keeps the agent from working, such as a broken disk. It is tried again. */
  failed(error: unknown): void;
}

const longestAssignment = 64 * 1024;
/** Milliseconds until the agent works again: while the appliance has to be watched, and otherwise. */
const pace = { watched: 1000, otherwise: 30_000 };

/** Has the agent work again and again, and asks for assignments. */
export class AgentLoop {
  readonly #options: AgentLoopOptions;
  #polledAt = -Infinity;
  #cancel: Cancel = () => undefined;
  #isWorking = false;
  #isAwaited = false;
  #closed = false;

  constructor(options: AgentLoopOptions) {
    this.#options = options;
  }

  start(): void {
    void this.#work();
  }

  /** Asks and works at once, or as soon as what is being done is done. */
  wake(): void {
    this.#polledAt = -Infinity;
    this.#isAwaited = true;
    if (this.#isWorking) return;
    this.#cancel();
    this.start();
  }

  /** Does not wait for what is being done, which may take minutes; it is done again after the next start. */
  close(): void {
    this.#closed = true;
    this.#options.agent.stop();
    this.#cancel();
  }

  async #work(): Promise<void> {
    const { clock, agent, failed } = this.#options;
    this.#isWorking = true;
    this.#isAwaited = false;
    try {
      await this.#poll();
      await agent.work();
    } catch (error) {
      if (!this.#closed) failed(error);
    }
    this.#isWorking = false;
    if (this.#closed) return;
    if (this.#isAwaited) return this.start();
    const state = agent.journal.update?.standing.state ?? '';
    const isWatched = ['shadow', 'ready', 'trial', 'returning'].includes(state);
    this.#cancel = clock.after(isWatched ? pace.watched : pace.otherwise, () => this.start());
  }

  async #poll(): Promise<void> {
    const { clock, agent, assignments, pollMs, failed } = this.#options;
    if (clock.monotonic() - this.#polledAt < pollMs) return;
    this.#polledAt = clock.monotonic();
    try {
      const envelope = await assignments.source.fetch(assignments.name, longestAssignment);
      if (envelope) agent.offer(envelope);
    } catch (error) {
      failed(error);
    }
  }
}
