import type { Rollout, RolloutItem } from '../rollout/rollout.ts';
import type { FleetStore } from '../store/fleet-store.ts';

interface Watched {
  /** When it was last read, and last read whole: milliseconds since 1970 UTC. */
  readAt: number;
  wholeAt: number;
  items: Map<string, RolloutItem>;
}

/** Changes of so long before the last reading are read again: they may have been written late, or by a clock behind ours. */
const overlapMs = 60_000;
/** Everything is read again after so long, whatever the marks say. */
const wholeEveryMs = 10 * 60_000;

/** The devices of rollouts, of which only those are read that have changed. */
export class RolloutWatch {
  readonly #store: FleetStore;
  readonly #watched = new Map<string, Watched>();

  constructor(store: FleetStore) {
    this.#store = store;
  }

  /** The devices of a rollout in their order. `now`: milliseconds since 1970 UTC. */
  async items(rollout: Rollout, now: number): Promise<RolloutItem[]> {
    const before = this.#watched.get(rollout.name);
    const isWhole = !before || now - before.wholeAt >= wholeEveryMs || now < before.readAt;
    const read = isWhole
      ? await this.#store.items(rollout)
      : await this.#store.changedItems(rollout, before.readAt - overlapMs);
    const items = isWhole ? new Map<string, RolloutItem>() : before.items;
    for (const item of read) items.set(item.device, item);
    const wholeAt = isWhole ? now : before.wholeAt;
    this.#watched.set(rollout.name, { readAt: now, wholeAt, items });
    return [...items.values()];
  }

  /** Forgets every rollout but these. */
  keep(names: ReadonlySet<string>): void {
    for (const name of this.#watched.keys()) if (!names.has(name)) this.#watched.delete(name);
  }
}
