import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ScansideError } from './errors.ts';
import type { Files } from './files.ts';

/** Bytes of the root key and of every key that it protects. */
export const keyLength = 32;

/**
 * The device's root key, and all that may be done with it. Nobody ever sees the key itself, so that a TPM can stand
 * behind this interface as well as a file. `purpose` keeps uses apart: what was made for one is no good for another.
 */
export interface Keys {
  /** Encrypts a key so that it may lie on the disk. Differs each time. */
  wrap(purpose: string, key: Uint8Array): Buffer;
  /** The key again. Throws KEY_UNUSABLE for another device's bytes, another purpose or a changed byte. */
  unwrap(purpose: string, wrapped: Uint8Array): Buffer;
  /**
   * 64 hexadecimal digits that stand for `text`: the same on this device at any time, and nothing to anybody without
   * the root key. Good as a name on the disk, and for what cannot be made anew.
   */
  identify(purpose: string, text: string): string;
  /** As `identify`, but of the root key in force: others when it has been changed. Good as a secret, or as a code. */
  derive(purpose: string, text: string): string;
}

const cipherName = 'aes-256-gcm';
const nonceLength = 12;
const tagLength = 16;
/** Bytes of a wrapped key. */
export const wrappedLength = nonceLength + keyLength + tagLength;

/** A root key in memory. */
class SoftwareKeys implements Keys {
  readonly #root: Uint8Array;
  readonly #identity: Uint8Array;

  constructor(root: Uint8Array, identity: Uint8Array) {
    this.#root = root;
    this.#identity = identity;
  }

  wrap(purpose: string, key: Uint8Array): Buffer {
    const nonce = randomBytes(nonceLength);
    const cipher = createCipheriv(cipherName, keyFrom(this.#root, `wrap ${purpose}`), nonce);
    return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
  }

  unwrap(purpose: string, wrapped: Uint8Array): Buffer {
    const bytes = Buffer.from(wrapped);
    if (bytes.length !== wrappedLength)
      throw new ScansideError('KEY_UNUSABLE', `a wrapped key of ${bytes.length} bytes`);
    const nonce = bytes.subarray(0, nonceLength);
    const cipher = createDecipheriv(cipherName, keyFrom(this.#root, `wrap ${purpose}`), nonce);
    cipher.setAuthTag(bytes.subarray(-tagLength));
    try {
      return Buffer.concat([
        cipher.update(bytes.subarray(nonceLength, -tagLength)),
        cipher.final(),
      ]);
    } catch (cause) {
      throw new ScansideError('KEY_UNUSABLE', 'it was wrapped for something else', { cause });
    }
  }

  identify(purpose: string, text: string): string {
    return codeOf(this.#identity, purpose, text);
  }

  derive(purpose: string, text: string): string {
    return codeOf(this.#root, purpose, text);
  }
}

function codeOf(secret: Uint8Array, purpose: string, text: string): string {
  return createHmac('sha256', keyFrom(secret, `identify ${purpose}`))
    .update(text)
    .digest('hex');
}

function keyFrom(secret: Uint8Array, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `scanside ${info}`, keyLength));
}

/** Keys of a root key that the caller holds: 32 bytes. `identity`: what `identify` is made of, where that is another. */
export function keysOf(root: Uint8Array, identity = root): Keys {
  if (root.length !== keyLength)
    throw new ScansideError('KEY_UNUSABLE', `the root key has ${root.length} bytes`);
  return new SoftwareKeys(root, identity);
}

/** Name of the file that holds the root key. */
export const keyFileName = 'device.key';

/** Where the root key of a data folder lies. */
export function keyFolderOf(dataFolder: string): string {
  return join(dataFolder, 'keys');
}

/**
 * The root key in the file `device.key` of `folder`, made at first use. `isInUse`: something is sealed with it, so that
 * a new one would only hide that the old one is gone. Throws ROOT_KEY_MISSING then, KEY_EXPOSED where others than the
 * owner may read it, KEY_UNUSABLE where it is no key.
 */
export function openKeyFile(files: Files, folder: string, isInUse = false): Keys {
  const path = join(folder, keyFileName);
  if (isInUse && !files.exists(path)) throw new ScansideError('ROOT_KEY_MISSING', path);
  files.makeFolder(folder);
  if (!files.exists(path)) files.createWhole(path, randomBytes(keyLength));
  return keysOf(readKeyFile(files, folder));
}

/** The key in that file. Throws KEY_EXPOSED, KEY_UNUSABLE, or Node’s own error where there is none. */
export function readKeyFile(files: Files, folder: string): Buffer {
  const path = join(folder, keyFileName);
  if (!files.isPrivate(path)) throw new ScansideError('KEY_EXPOSED', path);
  const root = files.readBytes(path);
  keysOf(root);
  return root;
}
