import { verify } from 'node:crypto';
import { ScansideError } from '../../device/errors.ts';
import { keyObjectOf, type PublicKey } from '../trust/public-key.ts';
import { currentOf, type FleetState, latestOf } from './fleet-folder.ts';
import type { Envelope } from './metadata.ts';
import { bytesToSign, type Signature } from './signing-key.ts';

/** Keys of which so many have to sign. */
export interface Requirement {
  keys: ReadonlyMap<string, PublicKey>;
  threshold: number;
}

interface Delegating {
  keys: Record<string, PublicKey>;
  roles: { name: string; keyids: string[]; threshold: number }[];
}

interface RootRoles {
  keys: Record<string, PublicKey>;
  roles: Record<string, { keyids: string[]; threshold: number }>;
}

/** Who has to sign a role. A new root is signed by its own keys and by those of the root before it (TUF 5.3.4). */
export function requirementsOf(state: FleetState, role: string): Requirement[] {
  const own = ownRequirement(state, role);
  if (!own) throw new ScansideError('FLEET_REFUSED', `there is no role ${role}`);
  const before = role === 'root' && state.staged.has('root') ? latestOf(state, 'root') : undefined;
  return before ? [fromRoot(before, 'root')!, own] : [own];
}

function ownRequirement(state: FleetState, role: string): Requirement | undefined {
  return fromRoot(currentOf(state, 'root'), role) ?? fromTargets(currentOf(state, 'targets'), role);
}

function fromRoot({ signed }: Envelope, role: string): Requirement | undefined {
  const { keys, roles } = signed as unknown as RootRoles;
  return Object.hasOwn(roles, role) ? requirement(keys, roles[role]!) : undefined;
}

function fromTargets({ signed }: Envelope, role: string): Requirement | undefined {
  const { keys, roles } = (signed['delegations'] ?? { keys: {}, roles: [] }) as Delegating;
  const found = roles.find(({ name }) => name === role);
  return found && requirement(keys, found);
}

function requirement(
  keys: Record<string, PublicKey>,
  { keyids, threshold }: { keyids: string[]; threshold: number },
): Requirement {
  return { keys: new Map(keyids.map((id) => [id, keys[id]!])), threshold };
}

/** How many signatures are missing, by the requirement that lacks most. */
export function missingSignatures(state: FleetState, role: string, envelope: Envelope): number {
  const lacks = requirementsOf(state, role).map(({ keys, threshold }) => {
    const signers = envelope.signatures.filter((each) => isBy(keys, each, envelope));
    return threshold - new Set(signers.map(({ keyid }) => keyid)).size;
  });
  return Math.max(0, ...lacks);
}

/** With one more signature. Throws FLEET_KEY_UNUSABLE for one that does not count. */
export function withSignature(
  state: FleetState,
  role: string,
  envelope: Envelope,
  signature: Signature,
): Envelope {
  const counts = requirementsOf(state, role).some(({ keys }) => isBy(keys, signature, envelope));
  if (!counts)
    throw new ScansideError('FLEET_KEY_UNUSABLE', `${signature.keyid} does not sign for ${role}`);
  const others = envelope.signatures.filter(({ keyid }) => keyid !== signature.keyid);
  return { ...envelope, signatures: [...others, signature] };
}

function isBy(
  keys: ReadonlyMap<string, PublicKey>,
  { keyid, sig }: Signature,
  { signed }: Envelope,
): boolean {
  const key = keys.get(keyid);
  if (!key) return false;
  return verify(null, bytesToSign(signed), keyObjectOf(key), Buffer.from(sig, 'hex'));
}
