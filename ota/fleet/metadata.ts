import { createHash } from 'node:crypto';
import { isoInstant } from '../../device/clock.ts';
import { keyIdOf, type PublicKey } from '../trust/public-key.ts';
import type { Signature } from './signing-key.ts';

/** Who signs a role, and how many of them have to. */
export interface RoleKeys {
  keys: PublicKey[];
  threshold: number;
}

export type TopRole = 'root' | 'targets' | 'snapshot' | 'timestamp';

/** A family of models that a release engineer may sign for: targets `models/NAME/VERSION/FILE`. */
export interface Family extends RoleKeys {
  name: string;
}

/** A target as a role signs for it. */
export interface Target {
  length: number;
  hashes: { sha256: string };
  custom?: Record<string, unknown>;
}

/** What is common to the metadata of all roles (TUF 4.3). */
export interface Signed {
  _type: string;
  spec_version: string;
  version: number;
  expires: string;
  [more: string]: unknown;
}

export interface Envelope {
  signed: Signed;
  signatures: Signature[];
}

/** A file that other metadata names (TUF 4.4). */
export interface MetaFile {
  version: number;
  length: number;
  hashes: { sha256: string };
}

const specVersion = '1.0.31';
const day = 24 * 3600_000;

/** Days for which a role's metadata is believed. A device that is offline for longer keeps running what it runs. */
const lifetimes: Record<TopRole, number> = { root: 365, targets: 90, snapshot: 7, timestamp: 2 };

/** The role of a family. It has no slash: web servers disagree about what `%2F` in an address means. */
export function roleOf({ name }: Pick<Family, 'name'>): string {
  return `models.${name}`;
}

/** Length and hash of a file. */
export function describe(bytes: Uint8Array): { length: number; hashes: { sha256: string } } {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { length: bytes.length, hashes: { sha256 } };
}

/** Bytes of a metadata file as it is published. */
export function write({ signed, signatures }: Envelope): Buffer {
  return Buffer.from(JSON.stringify({ signed, signatures }));
}

/** Root metadata: who signs what. `now`: milliseconds since 1970 UTC. */
export function rootMetadata(
  version: number,
  now: number,
  roles: Record<TopRole, RoleKeys>,
): Signed {
  return {
    ...head('root', version, now),
    consistent_snapshot: true,
    keys: keysById(Object.values(roles).flatMap(({ keys }) => keys)),
    roles: Object.fromEntries(
      Object.entries(roles).map(([role, { keys, threshold }]) => [
        role,
        { keyids: keys.map(keyIdOf), threshold },
      ]),
    ),
  };
}

/** Targets metadata, of the role targets with its families or of a family, which has none. */
export function targetsMetadata(
  version: number,
  now: number,
  targets: Record<string, Target>,
  families: Family[] = [],
): Signed {
  const delegations = {
    keys: keysById(families.flatMap(({ keys }) => keys)),
    roles: families.map(delegation),
  };
  return { ...head('targets', version, now), targets, ...(families.length && { delegations }) };
}

/** Nobody else is asked about a family's targets, whatever the family says of them. */
function delegation(family: Family): object {
  return {
    name: roleOf(family),
    keyids: family.keys.map(keyIdOf),
    threshold: family.threshold,
    terminating: true,
    paths: [`models/${family.name}/*/*`],
  };
}

export function snapshotMetadata(
  version: number,
  now: number,
  meta: Record<string, MetaFile>,
): Signed {
  return { ...head('snapshot', version, now), meta };
}

/** Timestamp metadata. It says when it was signed: a device whose clock stands before that knows that it is wrong. */
export function timestampMetadata(version: number, now: number, snapshot: MetaFile): Signed {
  return {
    ...head('timestamp', version, now),
    meta: { 'snapshot.json': snapshot },
    custom: { issued: now },
  };
}

function head(role: TopRole, version: number, now: number): Signed {
  return { _type: role, spec_version: specVersion, version, expires: expiryOf(role, now) };
}

/** Until when metadata that is signed now is believed; a family's as long as that of targets. */
export function expiryOf(role: string, now: number): string {
  const days = lifetimes[role as TopRole] ?? lifetimes.targets;
  return `${isoInstant(now + days * day).slice(0, 19)}Z`;
}

function keysById(keys: PublicKey[]): Record<string, PublicKey> {
  return Object.fromEntries(keys.map((key) => [keyIdOf(key), key]));
}
