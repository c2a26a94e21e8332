import { createPublicKey } from 'node:crypto';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { ScansideError } from '../device/errors.ts';
import { disk } from '../device/files.ts';
import { applyChange, type FleetChange } from '../ota/fleet/fleet-folder.ts';
import type { PublicKey } from '../ota/trust/public-key.ts';
import type { Io } from './command.ts';

/** Options of every command of the group. */
export const fleetOptions = {
  folder: { type: 'string' },
  'dry-run': { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

export const passphraseOptions = {
  'passphrase-file': { type: 'string' },
  'passphrase-stdin': { type: 'boolean' },
} as const;

export const fleetUsage = `  --dry-run         says what would be written and writes nothing
  --json            says it as JSON
  --help            this text`;

export const passphraseUsage = `  --passphrase-file FILE  holds the passphrase; nobody else may read it
  --passphrase-stdin      the passphrase comes from standard input`;

/** The passphrase, or an empty text where none is given. Throws KEY_EXPOSED. */
export async function readPassphrase(values: {
  'passphrase-file'?: string | undefined;
  'passphrase-stdin'?: boolean | undefined;
}): Promise<string> {
  const path = values['passphrase-file'];
  if (path && !disk.isPrivate(path)) throw new ScansideError('KEY_EXPOSED', path);
  const given = path
    ? disk.readText(path)
    : values['passphrase-stdin'] && (await text(process.stdin));
  return (given || '').replace(/\r?\n$/, '');
}

/** The public keys in some files, each once. Throws FLEET_KEY_UNUSABLE. */
export function readPublicKeys(paths: readonly string[]): PublicKey[] {
  const keys = paths.map(readPublicKey);
  return [...new Map(keys.map((key) => [key.keyval.public, key])).values()];
}

/** A public key in a PEM file (SPKI, Ed25519). Throws FLEET_KEY_UNUSABLE. */
function readPublicKey(path: string): PublicKey {
  try {
    const key = createPublicKey(disk.readText(path));
    const { crv, x = '' } = key.export({ format: 'jwk' });
    if (crv !== 'Ed25519') throw new Error(`a key of ${key.asymmetricKeyType}`);
    const keyval = { public: Buffer.from(x, 'base64url').toString('hex') };
    return { keytype: 'ed25519', scheme: 'ed25519', keyval };
  } catch (cause) {
    const detail = `${path} is no public key of Ed25519 in PEM`;
    throw new ScansideError('FLEET_KEY_UNUSABLE', detail, { cause });
  }
}

export interface Outcome {
  /** What it means, line by line. */
  lines: string[];
  /** The same for programs. */
  facts: Record<string, unknown>;
}

/** Carries a change out, or not in a rehearsal, and says so. */
export function conclude(
  {
    folder,
    'dry-run': isRehearsal,
    json,
  }: { folder: string; 'dry-run'?: boolean | undefined; json?: boolean | undefined },
  change: FleetChange,
  { lines, facts }: Outcome,
  io: Io,
): void {
  if (!isRehearsal) applyChange(disk, folder, change);
  const written = change.writes.map(([path]) => path);
  if (json) io.out(JSON.stringify({ ...facts, dryRun: isRehearsal ?? false, written }));
  else if (isRehearsal)
    io.out(['Would be written:', ...written.map((path) => `  ${path}`)].join('\n'));
  else io.out(lines.join('\n'));
}
