import type { ThermalZone } from '../../../device/machine/thermal-zones.ts';
import { follow, forecast, type Trend } from './trend.ts';

/** Degrees Celsius at which a machine is taken to throttle that shows no trip point at all: below every chip we know. */
export const defaultTrip = 85;

/** Where only the switching off is known, throttling is taken to begin this far below it. */
const belowShutdown = 10;

/** How long what falls silent counts as it was. A part that loses its power falls silent too, and cools meanwhile. */
export const silentMs = 30_000;

/** By the zone's name. */
export type Trends = Readonly<Record<string, Trend>>;

/** Takes in the zones' temperatures. A zone without a reading stays as it was for a while and then leaves. */
export function followZones(trends: Trends, zones: readonly ThermalZone[], at: number): Trends {
  const kept = Object.entries(trends).filter(([, trend]) => at - trend.at < silentMs);
  const read = [...hottest(zones)].map(([name, celsius]): [string, Trend] => [
    name,
    follow(trends[name], celsius, at),
  ]);
  return Object.fromEntries([...kept, ...read]);
}

/** Two processors have cores of the same name. */
function hottest(zones: readonly ThermalZone[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const { name, celsius } of zones) {
    if (celsius !== undefined) found.set(name, Math.max(celsius, found.get(name) ?? celsius));
  }
  return found;
}

/**
 * Degrees left to the first zone's throttling, as it will be in `aheadMs`; undefined where no temperature is known. A
 * zone without a passive trip point, like Orin's tj-thermal, counts by the lowest of the others: it is the same chip.
 */
export function headroom(
  trends: Trends,
  zones: readonly ThermalZone[],
  aheadMs: number,
): number | undefined {
  const margins = Object.entries(trends).map(
    ([name, trend]) => tripOf(name, zones) - forecast(trend, aheadMs),
  );
  return margins.length === 0 ? undefined : Math.min(...margins);
}

function tripOf(name: string, zones: readonly ThermalZone[]): number {
  const own = zones.find((zone) => zone.name === name);
  const shutdown = own?.shutsDownAt === undefined ? undefined : own.shutsDownAt - belowShutdown;
  return own?.throttlesAt ?? lowestTrip(zones) ?? shutdown ?? defaultTrip;
}

function lowestTrip(zones: readonly ThermalZone[]): number | undefined {
  const trips = zones.map((zone) => zone.throttlesAt).filter((trip) => trip !== undefined);
  return trips.length === 0 ? undefined : Math.min(...trips);
}
