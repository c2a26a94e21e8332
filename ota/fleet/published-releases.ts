import { ScansideError } from '../../device/errors.ts';
import type { FleetState } from './fleet-folder.ts';
import { latestOf } from './fleet-folder.ts';
import { roleOf, type Target } from './metadata.ts';
import type { Release } from './rollout/rollout.ts';

/** The public releases of a family of models, the first one first. Throws FLEET_REFUSED where there is no such family. */
export function publishedReleases(state: FleetState, family: string): Release[] {
  const latest = latestOf(state, roleOf({ name: family }));
  if (!latest) throw new ScansideError('FLEET_REFUSED', `no family ${family} is public`);
  const targets = Object.entries(latest.signed['targets'] as Record<string, Target>);
  const releases = targets.flatMap(([target, { length, hashes, custom }]) => {
    const { group, version, counter } = custom ?? {};
    if (typeof counter !== 'number') return [];
    const names = { group: String(group), version: String(version) };
    return [{ ...names, target, sha256: hashes.sha256, length, counter }];
  });
  return releases.sort((a, b) => a.counter - b.counter);
}
