import { ScansideError } from '../../device/errors.ts';
import type { Files } from '../../device/files.ts';
import { join } from 'node:path';
import { loadBundle, readBundleFile } from '../../models/bundle.ts';
import { manifestFile } from '../../models/manifest-rules.ts';
import { hashSegments, segmentLength } from '../agent/blob.ts';
import { checkTargetName } from '../trust/target-name.ts';
import { storedName } from '../trust/target.ts';
import { targetPath } from './ceremony.ts';
import {
  currentOf,
  type FleetChange,
  type FleetState,
  latestOf,
  stagedFile,
} from './fleet-folder.ts';
import {
  describe,
  type Envelope,
  expiryOf,
  roleOf,
  type Signed,
  type Target,
  targetsMetadata,
} from './metadata.ts';
import { nextVersion } from './release.ts';

/** A bundle as it becomes public once its family has signed. */
export interface BundleRelease {
  role: string;
  /** Name of the target that stands for the bundle. */
  target: string;
  /** Place in the order of the family's releases. */
  counter: number;
  change: FleetChange;
}

/**
 * Puts a bundle among the targets of its family, as the next release. Every file is a target; the manifest, which lists
 * them with their hashes, stands for all. Throws BUNDLE_INVALID, FLEET_REFUSED.
 */
export function releaseBundle(
  files: Files,
  state: FleetState,
  folder: string,
  now: number,
): BundleRelease {
  const bundle = loadBundle(folder, files);
  const { name, version } = bundle.manifest.identity;
  const role = roleOf({ name });
  const known = targetsOf(state, role);
  const prefix = `models/${name}/${version}/`;
  const target = checkTargetName(`${prefix}${manifestFile}`);
  const manifest = files.readBytes(join(folder, manifestFile));
  if (known[target] && known[target].hashes.sha256 !== describe(manifest).hashes.sha256)
    throw new ScansideError('FLEET_REFUSED', `${name} ${version} is published with other content`);
  const counter = known[target] ? counterOf(known[target]) : 1 + highest(known);
  const custom = { group: name, version, counter };
  const bytes = new Map<string, Uint8Array>([[target, manifest]]);
  for (const file of Object.keys(bundle.manifest.files))
    bytes.set(checkTargetName(`${prefix}${file}`), readBundleFile(bundle, file, files));
  const added = [...bytes].map(([path, content]) => [
    path,
    { ...describe(content), ...customOf(content, path === target ? custom : undefined) },
  ]);
  const targets = { ...known, ...(Object.fromEntries(added) as Record<string, Target>) };
  const writes = [...bytes].map(([path, content]): [string, Uint8Array] => [
    targetPath(storedName({ path, hashes: describe(content).hashes })),
    content,
  ]);
  const staged = unsigned(targetsMetadata(nextVersion(state, role), now, targets));
  return {
    role,
    target,
    counter,
    change: { writes: [...writes, stagedFile(role, staged)], removals: [] },
  };
}

/** Stages what a role says now once more, to be believed for longer. Throws FLEET_REFUSED. */
export function renewRole(state: FleetState, role: string, now: number): FleetChange {
  const latest = latestOf(state, role);
  if (!latest || state.staged.has(role))
    throw new ScansideError('FLEET_REFUSED', `${role} is not public, or waits for signatures`);
  const expires = expiryOf(role, now);
  const signed = { ...latest.signed, version: latest.signed.version + 1, expires };
  return { writes: [stagedFile(role, unsigned(signed))], removals: [] };
}

/** A large file is signed for by segment as well, so that a wrong byte costs no more than one of them. */
function customOf(content: Uint8Array, release?: object): Pick<Target, 'custom'> {
  if (release) return { custom: { ...release } };
  if (content.length <= segmentLength) return {};
  return { custom: { segments: hashSegments(content) } };
}

function unsigned(signed: Signed): Envelope {
  return { signed, signatures: [] };
}

function targetsOf(state: FleetState, role: string): Record<string, Target> {
  if (!state.staged.has(role) && !latestOf(state, role))
    throw new ScansideError('FLEET_REFUSED', `there is no family for ${role}`);
  return currentOf(state, role).signed['targets'] as Record<string, Target>;
}

function counterOf({ custom }: Target): number {
  const counter = custom?.['counter'];
  return typeof counter === 'number' ? counter : 0;
}

function highest(targets: Record<string, Target>): number {
  return Math.max(0, ...Object.values(targets).map(counterOf));
}
