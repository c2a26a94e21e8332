import { type Clock, isoInstant } from '../../../device/clock.ts';
import type { FleetDevice } from '../fleet-device.ts';
import { gateOf } from '../rollout/progress.ts';
import { type ItemState, itemStates, type Rollout, type RolloutItem } from '../rollout/rollout.ts';
import type { FleetStore, HistoryEntry } from '../store/fleet-store.ts';
import { type SiteTrend, trendsOf } from './site-trend.ts';

/** The fleet as it was at an instant: what every page is drawn from. */
export interface FleetPicture {
  /** Milliseconds since 1970 UTC. */
  now: number;
  devices: FleetDevice[];
  rollouts: Rollout[];
  trends: SiteTrend[];
  /** The days that the trends show. */
  days: string[];
}

/** A rollout with its devices. */
export interface RolloutPicture {
  now: number;
  rollout: Rollout;
  items: RolloutItem[];
  counts: Record<ItemState, number>;
  gate: { committed: number; needed: number };
  history: HistoryEntry[];
}

const day = 24 * 3600_000;
export const weeksShown = 8;
/** Milliseconds for which a picture is shown to everybody: the whole fleet is read for it. */
const freshFor = 5000;

/** Takes pictures of the fleet for whoever looks. While nobody looks nothing is read. */
export class Photographer {
  readonly #store: FleetStore;
  readonly #clock: Clock;
  #last: { at: number; picture: Promise<FleetPicture> } | undefined;

  constructor(store: FleetStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** The fleet as it was a few seconds ago at most. */
  take(): Promise<FleetPicture> {
    const at = this.#clock.monotonic();
    if (this.#last && at - this.#last.at < freshFor) return this.#last.picture;
    const picture = this.#read();
    this.#last = { at, picture };
    picture.catch(() => (this.#last = undefined));
    return picture;
  }

  /** The next picture shows what was just done. */
  forget(): void {
    this.#last = undefined;
  }

  /** A rollout as it is now. Throws ROLLOUT_UNKNOWN. */
  async takeRollout(name: string): Promise<RolloutPicture> {
    const rollout = await this.#store.rollout(name);
    const items = await this.#store.items(rollout);
    const counted = itemStates.map((state) => [
      state,
      items.filter((item) => item.state === state).length,
    ]);
    return {
      now: this.#clock.now(),
      rollout,
      items,
      counts: Object.fromEntries(counted) as Record<ItemState, number>,
      gate: gateOf(rollout, items),
      history: await this.#store.history(rollout),
    };
  }

  async #read(): Promise<FleetPicture> {
    const now = this.#clock.now();
    const days = daysUntil(now);
    const [devices, rollouts, rows] = [
      await this.#store.devices(),
      await this.#store.rollouts(),
      await this.#store.modelDays.sites(days[0]!),
    ];
    return { now, devices, rollouts, trends: trendsOf(rows, days), days };
  }
}

/** Whole weeks that end with today, as days in UTC. */
function daysUntil(now: number): string[] {
  const count = 7 * weeksShown;
  return Array.from({ length: count }, (_, at) =>
    isoInstant(now - (count - 1 - at) * day).slice(0, 10),
  );
}
