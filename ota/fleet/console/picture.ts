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
/** The same for the trends: devices tell once a day. */
const trendsFreshFor = 5 * 60_000;

/** Takes pictures of the fleet for whoever looks. While nobody looks nothing is read. */
export class Photographer {
  readonly #store: FleetStore;
  readonly #clock: Clock;
  readonly #picture: Kept<FleetPicture>;
  readonly #trends: Kept<Pick<FleetPicture, 'trends' | 'days'>>;

  constructor(store: FleetStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#picture = new Kept(clock, freshFor, () => this.#read());
    this.#trends = new Kept(clock, trendsFreshFor, () => this.#readTrends());
  }

  /** The fleet as it was a few seconds ago at most. */
  take(): Promise<FleetPicture> {
    return this.#picture.take();
  }

  /** The next picture shows what was just done. */
  forget(): void {
    this.#picture.forget();
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
    const [devices, rollouts, services] = [
      await this.#store.devices(),
      await this.#store.rollouts(),
      await this.#store.services(),
    ];
    return { now, devices, rollouts, services, ...(await this.#trends.take()) };
  }

  async #readTrends(): Promise<Pick<FleetPicture, 'trends' | 'days'>> {
    const days = daysUntil(this.#clock.now());
    return { trends: trendsOf(await this.#store.modelDays.sites(days[0]!), days), days };
  }
}

/** Something that is read when it is asked for, and then kept for a while. */
class Kept<T> {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #read: () => Promise<T>;
  #last: { at: number; value: Promise<T> } | undefined;

  constructor(clock: Clock, ms: number, read: () => Promise<T>) {
    this.#clock = clock;
    this.#ms = ms;
    this.#read = read;
  }

  take(): Promise<T> {
    const at = this.#clock.monotonic();
    if (this.#last && at - this.#last.at < this.#ms) return this.#last.value;
    const value = this.#read();
    this.#last = { at, value };
    value.catch(() => this.forget());
    return value;
  }

  forget(): void {
    this.#last = undefined;
  }
}

/** Whole weeks that end with today, as days in UTC. */
function daysUntil(now: number): string[] {
  const count = 7 * weeksShown;
  return Array.from({ length: count }, (_, at) =>
    isoInstant(now - (count - 1 - at) * day).slice(0, 10),
  );
}
