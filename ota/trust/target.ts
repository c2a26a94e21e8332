import { createHash } from 'node:crypto';
import type { TargetFile } from 'tuf-js';
import { ScansideError } from '../../device/errors.ts';

/**
 * Checks the bytes of a target against what was signed for it. tuf-js would take a target that was signed without any
 * hash; here SHA-256 or SHA-512 has to be among them. Throws TARGET_CHANGED.
 */
export function verifyTarget({ path, length, hashes }: TargetFile, bytes: Uint8Array): void {
  if (bytes.length !== length)
    throw new ScansideError('TARGET_CHANGED', `${path}: ${bytes.length} of ${length} bytes`);
  const known = Object.entries(hashes).filter(([name]) => name === 'sha256' || name === 'sha512');
  if (!known.length) throw new ScansideError('TARGET_CHANGED', `${path} is signed without a hash`);
  for (const [name, hash] of known)
    if (createHash(name).update(bytes).digest('hex') !== hash)
      throw new ScansideError('TARGET_CHANGED', `${path}: another ${name}`);
}

/** Name under which a repository with consistent snapshots holds a target (TUF 5.7.3). */
export function storedName({ path, hashes }: Pick<TargetFile, 'path' | 'hashes'>): string {
  const slash = path.lastIndexOf('/') + 1;
  return `${path.slice(0, slash)}${Object.values(hashes)[0]}.${path.slice(slash)}`;
}
