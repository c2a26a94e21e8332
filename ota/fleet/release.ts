import { basename } from 'node:path';
import { ScansideError } from '../../device/errors.ts';
import { newFloor } from '../trust/floor.ts';
import { fileOf } from '../trust/generations.ts';
import { Workflow } from '../trust/workflow.ts';
import {
  type FleetChange,
  type FleetState,
  latestOf,
  metadataPath,
  stagedPath,
} from './fleet-folder.ts';
import {
  describe,
  type Envelope,
  type MetaFile,
  type Signed,
  snapshotMetadata,
  timestampMetadata,
  write,
} from './metadata.ts';
import { missingSignatures } from './signers.ts';
import { type SigningKey, signWith } from './signing-key.ts';

/** Keys that a program signs with by itself. */
export interface OnlineKeys {
  snapshot: SigningKey;
  timestamp: SigningKey;
}

/** How many signatures each staged role lacks; roles that are complete are not in it. */
export function lackingRoles(state: FleetState): Record<string, number> {
  const lacks = [...state.staged].map(
    ([role, envelope]) => [role, missingSignatures(state, role, envelope)] as const,
  );
  return Object.fromEntries(lacks.filter(([, missing]) => missing > 0));
}

/**
 * Makes everything that is staged public: its files, a snapshot that lists them and a timestamp. With nothing staged it
 * renews snapshot and timestamp alone. Every role that is staged must be complete.
 */
export function releaseChange(state: FleetState, keys: OnlineKeys, now: number): FleetChange {
  const writes = new Map<string, Buffer>();
  for (const [role, envelope] of state.staged)
    writes.set(`${envelope.signed.version}.${fileOf(role)}`, write(envelope));
  const meta = Object.fromEntries(
    targetsRoles(state).map((role) => [`${role}.json`, metaOf(state, role)]),
  );
  const snapshot = snapshotMetadata(nextVersion(state, 'snapshot'), now, meta);
  const bytes = signed(snapshot, keys.snapshot);
  writes.set(`${snapshot.version}.snapshot.json`, bytes);
  const named = { version: snapshot.version, ...describe(bytes) };
  const timestamp = timestampMetadata(nextVersion(state, 'timestamp'), now, named);
  writes.set('timestamp.json', signed(timestamp, keys.timestamp));
  return {
    writes: [...writes].map(([name, content]) => [metadataPath(name), content]),
    removals: [...state.staged.keys()].map(stagedPath),
  };
}

/**
 * Looks at what would be public as a device does that has seen the first root only. Throws what the device would throw:
 * nothing is published that no device would take.
 */
export async function verifyAsDevice(
  { published }: FleetState,
  { writes }: FleetChange,
  now: number,
): Promise<void> {
  const files = new Map([
    ...published,
    ...writes
      .filter(([path]) => path === metadataPath(basename(path)))
      .map(([path, content]) => [basename(path), Buffer.from(content)] as const),
  ]);
  const root = files.get('1.root.json');
  if (!root) throw new ScansideError('FLEET_UNREADABLE', 'there is no 1.root.json');
  const source = { fetch: (name: string) => Promise.resolve(files.get(name)) };
  const start = new Map([['root', root]]);
  const workflow = new Workflow({ start, source, floor: newFloor(0), now });
  await workflow.refresh();
  for (const path of targetsIn(files)) await workflow.find(path);
}

/** Every target that some file names, so that every role is loaded as well. */
function targetsIn(files: ReadonlyMap<string, Buffer>): string[] {
  const all = [...files.values()].flatMap((bytes) => {
    const { signed } = JSON.parse(bytes.toString('utf8')) as Envelope;
    return Object.keys((signed['targets'] as object | undefined) ?? {});
  });
  return [...new Set(all)];
}

/** The version that a role's next metadata bears. */
export function nextVersion(state: FleetState, role: string): number {
  return (latestOf(state, role)?.signed.version ?? 0) + 1;
}

function targetsRoles({ published, staged }: FleetState): string[] {
  const names = [...published.keys()].map((name) => name.replace(/^\d+\./, '').slice(0, -5));
  const roles = [...names.map(decodeURIComponent), ...staged.keys()];
  return [...new Set(roles)].filter((role) => !['root', 'snapshot', 'timestamp'].includes(role));
}

function metaOf(state: FleetState, role: string): MetaFile {
  const envelope = state.staged.get(role) ?? latestOf(state, role)!;
  return { version: envelope.signed.version, ...describe(write(envelope)) };
}

function signed(what: Signed, key: SigningKey): Buffer {
  return write({ signed: what, signatures: [signWith(key, what)] });
}
