import { type Clock, isoInstant } from '../../../device/clock.ts';
import type { FleetDevice } from '../fleet-device.ts';
import type { Health } from '../rollout/health.ts';
import { gateOf } from '../rollout/progress.ts';
import { type ItemState, itemStates, type Rollout, type RolloutItem } from '../rollout/rollout.ts';
import { healthOf } from '../service/rollout-steps.ts';
import type { FleetStore, HistoryEntry } from '../store/fleet-store.ts';
import { type SiteTrend, trendsOf } from './site-trend.ts';

/** The fleet as it was at an instant: what every page is drawn from. */
export interface FleetPicture {
  /** Milliseconds since 1970 UTC. */
  now: number;
  devices: FleetDevice[];
  rollouts: Rollout[];
  trends: SiteTrend[];
  /** Services of the fleet’s side, and when each has last shown life. */
  services: { name: string; seen: number }[];
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
  /** Undefined where the plan does not ask, or the rollout does not move. */
  health: Health | undefined;
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
    const now = this.#clock.now();
    return {
      now,
      rollout,
      items,
      counts: Object.fromEntries(counted) as Record<ItemState, number>,
      gate: gateOf(rollout, items),
      health: await healthOf(this.#store, rollout, now),
      history: await this.#store.history(rollout),
    };
  }

  async #read(): Promise<FleetPicture> {
    const now = this.#clock.now();
    const days = daysUntil(now);
    const [devices, rollouts, rows, services] = [
      await this.#store.devices(),
      await this.#store.rollouts(),
      await this.#store.modelDays.sites(days[0]!),
      await this.#store.services(),
    ];
    return { now, devices, rollouts, trends: trendsOf(rows, days), services, days };
  }
}

/** Whole weeks that end with today, as days in UTC. */
function daysUntil(now: number): string[] {
  const count = 7 * weeksShown;
  return Array.from({ length: count }, (_, at) =>
    isoInstant(now - (count - 1 - at) * day).slice(0, 10),
  );
}
