import { ScansideError } from '../../device/errors.ts';
import type { Files } from '../../device/files.ts';
import { join } from 'node:path';
import { loadBundle, readBundleFile } from '../../models/bundle.ts';
import { manifestFile } from '../../models/manifest-rules.ts';
import { hashSegments, segmentLength } from '../agent/blob.ts';
import type { SignedGate } from '../agent/plan.ts';
import { checkTargetName } from '../trust/target-name.ts';
import { storedName } from '../trust/target.ts';
import { type MakePatch, patchBase, worthwhilePatch } from './bundle-patch.ts';
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
  /** Patches by the file that they make: their bytes and those of the file. */
  patches: Record<string, { patch: number; full: number }>;
  change: FleetChange;
}

/**
 * Puts a bundle among the targets of its family, as the next release. Every file is a target; the manifest, which lists
 * them with their hashes, stands for all. `makePatch`: for devices that have the release before; `shadow`: what it has to
 * show beside that before it may answer. Throws BUNDLE_INVALID, FLEET_REFUSED.
 */
export function releaseBundle(
  files: Files,
  state: FleetState,
  folder: string,
  now: number,
  { makePatch, shadow }: { makePatch: MakePatch; shadow?: SignedGate | undefined },
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
  const custom = { group: name, version, counter, ...(shadow && { shadow }) };
  const bytes = new Map<string, Uint8Array>([[target, manifest]]);
  const added: Record<string, Target> = { [target]: { ...describe(manifest), custom } };
  const patches: BundleRelease['patches'] = {};
  const add = (path: string, content: Uint8Array, more: object = {}) => {
    bytes.set(checkTargetName(path), content);
    const whole = { ...segmentsOf(content), ...more };
    added[path] = { ...describe(content), ...(Object.keys(whole).length && { custom: whole }) };
  };
  for (const file of Object.keys(bundle.manifest.files)) {
    const content = readBundleFile(bundle, file, files);
    const base = patchBase(known, { name, file, counter }, describe(content).hashes.sha256);
    const patch = worthwhilePatch(base, content, makePatch);
    const path = `${prefix}${file}`;
    if (!base || !patch) {
      add(path, content);
      continue;
    }
    const patchPath = `${path}.from-${base.sha256.slice(0, 16)}.zst`;
    add(path, content, { delta: { from: base.sha256, target: patchPath } });
    add(patchPath, patch);
    patches[file] = { patch: patch.length, full: content.length };
  }
  const targets = { ...known, ...added };
  const writes = [...bytes].map(([path, content]): [string, Uint8Array] => [
    targetPath(storedName({ path, hashes: describe(content).hashes })),
    content,
  ]);
  const staged = unsigned(targetsMetadata(nextVersion(state, role), now, targets));
  return {
    role,
    target,
    counter,
    patches,
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
function segmentsOf(content: Uint8Array): { segments?: string[] } {
  return content.length <= segmentLength ? {} : { segments: hashSegments(content) };
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
