import type { FleetDevice } from '../ota/fleet/fleet-device.ts';
import type { Release, Rollout, RolloutItem } from '../ota/fleet/rollout/rollout.ts';

/** Wall time at which the stories begin: 1 January 2027. */
export const start = 1_798_761_600_000;
export const hour = 3600_000;
export const day = 24 * hour;

/** A release of chest-demo, the n-th. */
export function release(counter: number): Release {
  const version = `1.${counter}.0`;
  const target = `models/chest-demo/${version}/manifest.json`;
  const sha256 = String(counter % 10).repeat(64);
  return { group: 'chest-demo', version, target, sha256, length: 1000 + counter, counter };
}

/** A device that runs release 1 and was heard just now. */
export function device(id: string, more: Partial<FleetDevice> = {}): FleetDevice {
  const { sha256, version } = release(1);
  return {
    id,
    site: '',
    seen: start,
    connected: true,
    software: '0.1.0',
    board: 'orin',
    models: [{ name: 'chest-demo', version, sha256 }],
    conditions: [],
    diskFree: 50,
    certificateEnds: undefined,
    hottest: 60,
    revoked: false,
    pin: undefined,
    rollout: undefined,
    update: undefined,
    ...more,
  };
}

/** A rollout of release 2 that has just started. */
export function rollout(more: Partial<Rollout> = {}): Rollout {
  const plan = {
    release: release(2),
    releases: [release(1), release(2)],
    soakMs: hour,
    gatePercent: 90,
    failPercent: 5,
  };
  const begun = { state: 'running', wave: 0, waves: 1, since: start } as const;
  return { name: 'r', plan, ...begun, because: '', revision: 1, ...more };
}

/** A device that waits in the first wave of a rollout. */
export function item(device: string, more: Partial<RolloutItem> = {}): RolloutItem {
  const untold = { mode: undefined, expires: 0, lastSeq: 0, isLatest: false } as const;
  const report = { before: release(1).sha256, step: '', code: '', revoked: false };
  return { device, site: '', wave: 0, state: 'waiting', ...untold, ...report, ...more };
}
