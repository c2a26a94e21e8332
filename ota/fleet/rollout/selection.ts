import { createHash } from 'node:crypto';
import type { FleetDevice } from '../fleet-device.ts';
import type { Release } from './rollout.ts';
import { placeInWaves, type Wave } from './wave-list.ts';

export interface SelectionRequest {
  release: Release;
  releases: readonly Release[];
  waves: readonly Wave[];
  /** Only these devices or sites; everybody where there are none. */
  devices: readonly string[];
  sites: readonly string[];
  /** Devices that were not heard for longer are left out: milliseconds. */
  staleMs: number;
  now: number;
}

export interface Selection {
  chosen: { device: string; site: string; wave: number }[];
  leftOut: { device: string; because: string }[];
}

/**
 * Which devices a rollout takes, in which wave, and for every other one why not. The same fleet gives the same selection:
 * what a rehearsal prints is what happens.
 */
export function selectDevices(
  devices: readonly FleetDevice[],
  request: SelectionRequest,
): Selection {
  const judged = devices.map((device) => ({ device, because: obstacle(device, request) }));
  const fit = judged.filter(({ because }) => because === undefined).map(({ device }) => device);
  const ordered = spreadOverSites(fit, request.release);
  const waves = placeInWaves(request.waves, ordered.length);
  return {
    chosen: ordered.map(({ id, site }, place) => ({ device: id, site, wave: waves[place]! })),
    leftOut: judged.flatMap(({ device, because }) =>
      because === undefined ? [] : [{ device: device.id, because }],
    ),
  };
}

function obstacle(device: FleetDevice, request: SelectionRequest): string | undefined {
  const { release, releases, devices, sites, staleMs, now } = request;
  const named = devices.length + sites.length > 0;
  if (named && !devices.includes(device.id) && !sites.includes(device.site)) return 'not asked for';
  if (device.revoked) return 'revoked';
  if (device.pin !== undefined) return `pinned: ${device.pin}`;
  if (device.rollout !== undefined) return `in rollout ${device.rollout}`;
  if (!device.seen) return 'never heard';
  if (now - device.seen > staleMs) return `not heard for ${days(now - device.seen)} days`;
  const runs = device.models.find(({ name }) => name === release.group);
  if (!runs) return `has no model ${release.group}`;
  if (runs.sha256 === release.sha256) return 'runs it already';
  const known = releases.find(({ sha256 }) => sha256 === runs.sha256);
  if (known && known.counter > release.counter) return `runs the later ${known.version}`;
  return undefined;
}

function days(ms: number): number {
  return Math.floor(ms / (24 * 3600_000));
}

/** First one device of every site, then the second ones, …; among equals by chance that a release always has again. */
function spreadOverSites(devices: readonly FleetDevice[], release: Release): FleetDevice[] {
  const order = (id: string) =>
    createHash('sha256').update(`${release.sha256} ${id}`).digest('hex');
  const drawn = devices
    .map((device) => ({ device, key: order(device.id) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const seen = new Map<string, number>();
  const turns = drawn.map(({ device }) => {
    const turn = device.site === '' ? 0 : (seen.get(device.site) ?? 0);
    seen.set(device.site, turn + 1);
    return { device, turn };
  });
  return turns.sort((a, b) => a.turn - b.turn).map(({ device }) => device);
}
