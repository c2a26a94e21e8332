import { ScansideError } from '../../device/errors.ts';
import { keyIdOf, type PublicKey } from '../trust/public-key.ts';
import { renewRole } from './bundle-release.ts';
import { currentOf, type FleetChange, type FleetState, stagedFile } from './fleet-folder.ts';
import { rootMetadata, type RoleKeys, type TopRole } from './metadata.ts';
import { nextVersion } from './release.ts';
import { requirementsOf } from './signers.ts';

/** Roles whose keys people hold. Those of the others lie in online/, and are replaced with it. */
export const heldRoles = ['root', 'targets'] as const;

export type HeldRole = (typeof heldRoles)[number];

/** What is to become of who signs a role. */
export interface KeyChange {
  role: HeldRole;
  add: readonly PublicKey[];
  /** Ids of keys that are no longer to sign. */
  remove: readonly string[];
  /** How many have to sign from then on; as many as until now where it is undefined. */
  threshold: number | undefined;
}

/**
 * Stages the next root with other keys. It counts once enough keys of the root before and enough of its own have signed (TUF
 * 5.3.4). Where other people sign targets, targets are staged again for them. What is staged already is changed further,
 * and has to be signed anew. Throws FLEET_REFUSED.
 */
export function changeKeys(state: FleetState, change: KeyChange, now: number): FleetChange {
  const roles = rolesOf(state);
  const after = { ...roles, [change.role]: changed(roles[change.role], change) };
  const signed = rootMetadata(nextVersion(state, 'root'), now, after);
  const root = stagedFile('root', { signed, signatures: [] });
  if (change.role === 'root') return { writes: [root], removals: [] };
  const staged = state.staged.get('targets');
  const again = staged
    ? [stagedFile('targets', { ...staged, signatures: [] })]
    : renewRole(state, 'targets', now).writes;
  return { writes: [root, ...again], removals: [] };
}

/** Who signs what, by the root that is staged or else public. */
function rolesOf(state: FleetState): Record<TopRole, RoleKeys> {
  const { keys, roles } = currentOf(state, 'root').signed as unknown as {
    keys: Record<string, PublicKey>;
    roles: Record<TopRole, { keyids: string[]; threshold: number }>;
  };
  const of = (role: TopRole): RoleKeys => ({
    keys: roles[role].keyids.map((id) => keys[id]!),
    threshold: roles[role].threshold,
  });
  return {
    root: of('root'),
    targets: of('targets'),
    snapshot: of('snapshot'),
    timestamp: of('timestamp'),
  };
}

function changed({ keys, threshold: before }: RoleKeys, change: KeyChange): RoleKeys {
  const { role, add, remove, threshold = before } = change;
  const ids = keys.map(keyIdOf);
  const unknown = remove.find((id) => !ids.includes(id));
  if (unknown !== undefined) throw refuse(`${unknown} does not sign for ${role}`);
  const twice = add.map(keyIdOf).find((id) => ids.includes(id));
  if (twice !== undefined) throw refuse(`${twice} signs for ${role} already`);
  const kept = [...keys.filter((key) => !remove.includes(keyIdOf(key))), ...add];
  if (threshold > kept.length)
    throw refuse(`${role} would have ${kept.length} keys, and ${threshold} have to sign`);
  return { keys: kept, threshold };
}

/** Ids of the keys of which so many have to sign a staged role, for each requirement; the root before comes first. */
export function signersWanted(
  state: FleetState,
  role: string,
): { threshold: number; keyIds: string[] }[] {
  return requirementsOf(state, role).map(({ keys, threshold }) => ({
    threshold,
    keyIds: [...keys.keys()],
  }));
}

function refuse(detail: string): ScansideError {
  return new ScansideError('FLEET_REFUSED', detail);
}
