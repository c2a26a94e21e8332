import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { destroyFile } from './destroyed-file.ts';
import { ScansideError } from './errors.ts';
import type { Files } from './files.ts';
import { keyFileName, keyLength, keysOf, openKeyFile, readKeyFile, type Keys } from './keys.ts';
import { rewrapFile } from './wrapped-key.ts';
import { bootPcrs, openTpm, type SealedSecret, type Tpm } from './tpm.ts';

/** How the root key is kept. `file`: whoever has the disk has it. `tpm`: this machine alone gives it out. */
export type KeyLevel = 'file' | 'tpm';

const sealedName = 'device.tpm';

/** The root key that is being changed, wrapped with the next: while it is there, both are needed. */
const previousName = 'previous.key';
const previousPurpose = 'previous root key';
/** What `Keys.identify` is made of, since the root key was first changed; wrapped. */
const identityName = 'identity.key';
const identityPurpose = 'identity';
/** Behind the name of the file that a root key is going to have. */
const nextEnding = '.next';

/** How the root key of a folder is kept, or would be at first use. */
export function keyLevelOf(files: Files, folder: string): KeyLevel {
  return files.exists(join(folder, sealedName)) ? 'tpm' : 'file';
}

/** Whether `folder` has a root key, of whatever level. */
export function isRootKeyThere(files: Files, folder: string): boolean {
  return [keyFileName, sealedName].some((name) => files.exists(join(folder, name)));
}

/**
 * The root key of `folder`, from the TPM where it is sealed there and else from its file, which is made at first use.
 * Throws as openKeyFile does; TPM_STATE_CHANGED, TPM_CLEARED, TPM_OTHER or TPM_UNAVAILABLE where the TPM does not give
 * it out; ROOT_KEY_CHANGING while it is being changed.
 */
export function openKeys(files: Files, folder: string, isInUse = false, tpm = openTpm()): Keys {
  if (isRootKeyChanging(files, folder)) throw new ScansideError('ROOT_KEY_CHANGING', folder);
  if (!isRootKeyThere(files, folder)) return openKeyFile(files, folder, isInUse);
  return withIdentity(files, folder, readRoot(files, folder, tpm));
}

function readRoot(files: Files, folder: string, tpm: Tpm): Buffer {
  return keyLevelOf(files, folder) === 'file'
    ? readKeyFile(files, folder)
    : tpm.unseal(readSealed(files, join(folder, sealedName)));
}

function withIdentity(files: Files, folder: string, root: Buffer): Keys {
  const path = join(folder, identityName);
  if (!files.exists(path)) return keysOf(root);
  return keysOf(root, keysOf(root).unwrap(identityPurpose, files.readBytes(path)));
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
  files.replace(join(folder, sealedName), JSON.stringify(sealInTpm(root, tpm, pcrs)));
  destroyFile(files, path);
}

function sealInTpm(root: Buffer, tpm: Tpm, pcrs: string): SealedSecret {
  const sealed = tpm.seal(root, pcrs);
  if (tpm.unseal(sealed).equals(root)) return sealed;
  throw new ScansideError('TPM_UNAVAILABLE', 'it gave out another key than it was given');
}

/**
 * Destroys the root key of `folder`, and with it everything that is sealed on the device: images, results, the state
 * database and the audit log. Nothing brings it back but a copy of the key. Harmless when repeated.
 */
export function destroyRootKey(files: Files, folder: string): void {
  for (const name of [keyFileName, sealedName])
    for (const ending of ['', nextEnding]) destroyFile(files, join(folder, `${name}${ending}`));
  for (const name of [previousName, identityName]) destroyFile(files, join(folder, name));
}

/** The root key before and after a change, of which everything that was wrapped must be wrapped anew. */
export interface RootKeyChange {
  old: Keys;
  next: Keys;
}

/** A change of the root key was begun, and not yet finished. */
export function isRootKeyChanging(files: Files, folder: string): boolean {
  return files.exists(join(folder, previousName));
}

/**
 * Makes another root key, kept as the one before it, or takes up a change that was cut off. From the moment on at which
 * the old key lies beside the new one, wrapped with it, the new one is in force. Throws as openKeys does, and then the
 * old one is.
 */
export function beginRootKeyChange(
  files: Files,
  folder: string,
  tpm: Tpm = openTpm(),
): RootKeyChange {
  if (!isRootKeyChanging(files, folder)) prepareNext(files, folder, tpm);
  for (const name of [keyFileName, sealedName]) install(files, join(folder, name));
  const root = readRoot(files, folder, tpm);
  const old = keysOf(root).unwrap(previousPurpose, files.readBytes(join(folder, previousName)));
  keepIdentity(files, join(folder, identityName), root, old);
  return { old: keysOf(old), next: withIdentity(files, folder, root) };
}

/**
 * Lets go of the old root key: what is still wrapped with it is lost. Removed at one stroke, because half of it would be
 * a change that nobody can finish.
 */
export function finishRootKeyChange(files: Files, folder: string): void {
  files.remove(join(folder, previousName));
}

function prepareNext(files: Files, folder: string, tpm: Tpm): void {
  const old = readRoot(files, folder, tpm);
  const name = keyLevelOf(files, folder) === 'file' ? keyFileName : sealedName;
  // What is left of a try that never came to hold is no key of anything.
  for (const each of [keyFileName, sealedName])
    destroyFile(files, join(folder, `${each}${nextEnding}`));
  const root = randomBytes(keyLength);
  const kept = name === keyFileName ? root : JSON.stringify(sealInTpm(root, tpm, bootPcrs));
  files.replace(join(folder, `${name}${nextEnding}`), kept);
  files.replace(join(folder, previousName), keysOf(root).wrap(previousPurpose, old));
}

function install(files: Files, path: string): void {
  const next = `${path}${nextEnding}`;
  if (!files.exists(next)) return;
  destroyFile(files, path);
  files.replace(path, files.readBytes(next));
  files.remove(next);
}

/** The first root key goes on as what identifies, wrapped with each that comes after it. */
function keepIdentity(files: Files, path: string, root: Buffer, old: Buffer): void {
  if (!files.exists(path)) files.replace(path, keysOf(root).wrap(identityPurpose, old));
  else rewrapFile(files, { path, purpose: identityPurpose }, keysOf(old), keysOf(root));
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
