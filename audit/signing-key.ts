import { createPrivateKey, createPublicKey, type KeyObject, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ScansideError } from '../device/errors.ts';
import type { Files } from '../device/files.ts';
import { keyLength, type Keys } from '../device/keys.ts';
import type { WrappedKey } from '../device/wrapped-key.ts';

const keyName = 'signing.key';
const nextName = 'signing.next';
const purpose = 'audit signing';

/** DER of an Ed25519 key before its 32 bytes, private and public (RFC 8410). */
const privatePrefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const publicPrefix = Buffer.from('302a300506032b6570032100', 'hex');

interface Place {
  files: Files;
  folder: string;
  keys: Keys;
}

/**
 * The device's Ed25519 key pair for checkpoints, made at first use and kept wrapped. `signer` is the public key that the
 * log says is in force, 64 hexadecimal digits: it decides whether a change of keys that was under way has happened.
 * Throws AUDIT_KEY_UNUSABLE where the key is gone although something was signed with it (`isInUse`), KEY_UNUSABLE where
 * it is another device's.
 */
export function openSigningKey(
  { files, folder, keys }: Place,
  isInUse: boolean,
  signer: string | undefined,
): KeyObject {
  const [path, nextPath] = [join(folder, keyName), join(folder, nextName)];
  if (isInUse && !files.exists(path)) throw new ScansideError('AUDIT_KEY_UNUSABLE', path);
  if (!files.exists(path)) files.createWhole(path, keys.wrap(purpose, randomBytes(keyLength)));
  const current = readKey({ files, folder, keys }, keyName);
  if (!files.exists(nextPath)) return current;
  const isChanged = signer !== undefined && signer !== rawPublic(current).toString('hex');
  if (!isChanged) {
    files.remove(nextPath);
    return current;
  }
  return adoptNextKey({ files, folder, keys });
}

/** A key pair that is to come after the one in force; it is kept beside it until it is adopted. */
export function makeNextKey({ files, folder, keys }: Place): KeyObject {
  files.replace(join(folder, nextName), keys.wrap(purpose, randomBytes(keyLength)));
  return readKey({ files, folder, keys }, nextName);
}

/** Puts the next key in the place of the one in force. */
export function adoptNextKey({ files, folder, keys }: Place): KeyObject {
  const nextPath = join(folder, nextName);
  files.replace(join(folder, keyName), files.readBytes(nextPath));
  files.remove(nextPath);
  return readKey({ files, folder, keys }, keyName);
}

function readKey({ files, folder, keys }: Place, name: string): KeyObject {
  const seed = keys.unwrap(purpose, files.readBytes(join(folder, name)));
  const der = Buffer.concat([privatePrefix, seed]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  seed.fill(0);
  der.fill(0);
  return key;
}

/** Where the key in force lies, and the one that may come after it. */
export function signingKeysIn(files: Files, folder: string): WrappedKey[] {
  const paths = [keyName, nextName].map((name) => join(folder, name));
  return paths.filter((path) => files.exists(path)).map((path) => ({ path, purpose }));
}

/** What a verifier needs, as PEM. */
export function publicPem(privateKey: KeyObject): string {
  return createPublicKey(privateKey).export({ format: 'pem', type: 'spki' }).toString();
}

/** The 32 bytes of a public key, of a private one's pair. */
export function rawPublic(key: KeyObject): Buffer {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return publicKey.export({ format: 'der', type: 'spki' }).subarray(-keyLength);
}

/** A public key by its 32 bytes. */
export function publicOf(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([publicPrefix, raw]), format: 'der', type: 'spki' });
}
