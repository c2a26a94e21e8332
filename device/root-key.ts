import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ScansideError } from './errors.ts';
import type { Files } from './files.ts';
import { keyFileName, keyLength, keysOf, openKeyFile, readKeyFile, type Keys } from './keys.ts';
import { bootPcrs, openTpm, type SealedSecret, type Tpm } from './tpm.ts';

/** How the root key is kept. `file`: whoever has the disk has it. `tpm`: this machine alone gives it out. */
export type KeyLevel = 'file' | 'tpm';

const sealedName = 'device.tpm';

/** How the root key of a folder is kept, or would be at first use. */
export function keyLevelOf(files: Files, folder: string): KeyLevel {
  return files.exists(join(folder, sealedName)) ? 'tpm' : 'file';
}

/**
 * The root key of `folder`, from the TPM where it is sealed there and else from its file, which is made at first use.
 * Throws as openKeyFile does; TPM_STATE_CHANGED, TPM_CLEARED, TPM_OTHER or TPM_UNAVAILABLE where the TPM does not give
 * it out.
 */
export function openKeys(files: Files, folder: string, isInUse = false, tpm = openTpm()): Keys {
  if (keyLevelOf(files, folder) === 'file') return openKeyFile(files, folder, isInUse);
  return keysOf(tpm.unseal(readSealed(files, join(folder, sealedName))));
}

/**
 * Seals the root key of `folder` in the TPM, and destroys its file only when the TPM has given it out again. Throws
 * ROOT_KEY_MISSING where there is no file, TPM_UNAVAILABLE.
 */
export function sealRootKey(
  files: Files,
  folder: string,
  tpm: Tpm = openTpm(),
  pcrs: string = bootPcrs,
): void {
  const path = join(folder, keyFileName);
  if (!files.exists(path)) throw new ScansideError('ROOT_KEY_MISSING', path);
  const root = readKeyFile(files, folder);
  const sealed = tpm.seal(root, pcrs);
  if (!tpm.unseal(sealed).equals(root))
    throw new ScansideError('TPM_UNAVAILABLE', 'it gave out another key than it was given');
  files.replace(join(folder, sealedName), JSON.stringify(sealed));
  destroyFile(files, path);
}

/**
 * Destroys the root key of `folder`, and with it everything that is sealed on the device: images, results, the state
 * database and the audit log. Nothing brings it back but a copy of the key. Harmless when repeated.
 */
export function destroyRootKey(files: Files, folder: string): void {
  for (const name of [keyFileName, sealedName]) destroyFile(files, join(folder, name));
}

/** Overwritten before it is removed: on a disk that writes in place nothing is left. */
function destroyFile(files: Files, path: string): void {
  if (!files.exists(path)) return;
  const fd = files.openToUpdate(path);
  try {
    const noise = randomBytes(Math.max(keyLength, files.size(fd)));
    files.write(fd, noise, 0, noise.length);
  } finally {
    files.close(fd);
  }
  files.replace(path, '');
  files.remove(path);
}

function readSealed(files: Files, path: string): SealedSecret {
  try {
    const { pcrs, publicPart, privatePart, endorsement } = JSON.parse(
      files.readText(path),
    ) as SealedSecret;
    const parts = [pcrs, publicPart, privatePart, endorsement];
    if (parts.every((part) => typeof part === 'string') && /^sha256:[\d,]+$/.test(pcrs))
      return { pcrs, publicPart, privatePart, endorsement };
  } catch (cause) {
    throw new ScansideError('KEY_UNUSABLE', path, { cause });
  }
  throw new ScansideError('KEY_UNUSABLE', path);
}
