import { dirname, join } from 'node:path';
import { ScansideError } from '../../device/errors.ts';
import type { Files } from '../../device/files.ts';
import { fileOf } from '../trust/generations.ts';
import { type Envelope, write } from './metadata.ts';

/** Metadata that is public, by its file's name, and what waits for signatures, by role. */
export interface FleetState {
  published: ReadonlyMap<string, Buffer>;
  staged: ReadonlyMap<string, Envelope>;
}

/** Files to be written, in this order, and files to be removed afterwards; by path below the folder. */
export interface FleetChange {
  writes: [path: string, content: string | Uint8Array][];
  removals: string[];
}

const metadata = join('repository', 'metadata');

/** What is in a fleet manager's folder. Throws FLEET_UNREADABLE. */
export function readFleet(files: Files, folder: string): FleetState {
  const read = (part: string) =>
    files
      .list(join(folder, part))
      .filter((name) => name.endsWith('.json'))
      .map((name) => [name, files.readBytes(join(folder, part, name))] as const);
  const staged = read('staged').map(
    ([name, bytes]) =>
      [decodeURIComponent(name.slice(0, -'.json'.length)), parseEnvelope(name, bytes)] as const,
  );
  const published = new Map(read(metadata));
  if (!published.size && !staged.length) throw new ScansideError('FLEET_UNREADABLE', folder);
  return { published, staged: new Map(staged) };
}

/** Carries out a change. What makes the rest public, the timestamp, is written last. */
export function applyChange(files: Files, folder: string, { writes, removals }: FleetChange): void {
  for (const [path, content] of writes) {
    files.makeFolder(dirname(join(folder, path)));
    files.replace(join(folder, path), content);
  }
  for (const path of removals) files.remove(join(folder, path));
}

export function stagedPath(role: string): string {
  return join('staged', fileOf(role));
}

export function metadataPath(name: string): string {
  return join(metadata, name);
}

/** The bytes of a staged file. */
export function stagedFile(role: string, envelope: Envelope): [string, Buffer] {
  return [stagedPath(role), write(envelope)];
}

/** The newest published metadata of a role, or undefined. */
export function latestOf({ published }: FleetState, role: string): Envelope | undefined {
  const versions = [...published.keys()].flatMap((name) => {
    const [, version, file] = /^(\d+)\.(.+)$/.exec(name) ?? [];
    return file === fileOf(role) ? [Number(version)] : [];
  });
  const name =
    role === 'timestamp' ? 'timestamp.json' : `${Math.max(0, ...versions)}.${fileOf(role)}`;
  const bytes = published.get(name);
  return bytes && parseEnvelope(name, bytes);
}

/** What waits for signatures, or else what is public. Throws FLEET_UNREADABLE where there is neither. */
export function currentOf(state: FleetState, role: string): Envelope {
  const envelope = state.staged.get(role) ?? latestOf(state, role);
  if (envelope) return envelope;
  throw new ScansideError('FLEET_UNREADABLE', `there is no metadata of the role ${role}`);
}

function parseEnvelope(name: string, bytes: Buffer): Envelope {
  try {
    const envelope = JSON.parse(bytes.toString('utf8')) as Envelope;
    if (envelope.signed.version > 0 && Array.isArray(envelope.signatures)) return envelope;
  } catch (cause) {
    throw new ScansideError('FLEET_UNREADABLE', `${name} is no metadata`, { cause });
  }
  throw new ScansideError('FLEET_UNREADABLE', `${name} is no metadata`);
}
