import { createPrivateKey, createPublicKey, type KeyObject, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ScansideError } from '../device/errors.ts';
import type { Files } from '../device/files.ts';
import { keyLength, type Keys } from '../device/keys.ts';

const keyName = 'signing.key';
const purpose = 'audit signing';

/** DER of an Ed25519 private key before its 32 bytes (RFC 8410). */
const privatePrefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * The device's Ed25519 key pair for checkpoints, made at first use and kept wrapped. Throws AUDIT_KEY_UNUSABLE where it
 * is gone although something was signed with it (`isInUse`), KEY_UNUSABLE where it is another device's.
 */
export function openSigningKey(
  files: Files,
  folder: string,
  keys: Keys,
  isInUse: boolean,
): KeyObject {
  const path = join(folder, keyName);
  if (isInUse && !files.exists(path)) throw new ScansideError('AUDIT_KEY_UNUSABLE', path);
  if (!files.exists(path)) files.createWhole(path, keys.wrap(purpose, randomBytes(keyLength)));
  const seed = keys.unwrap(purpose, files.readBytes(path));
  const der = Buffer.concat([privatePrefix, seed]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  seed.fill(0);
  der.fill(0);
  return key;
}

/** What a verifier needs, as PEM. */
export function publicPem(privateKey: KeyObject): string {
  return createPublicKey(privateKey).export({ format: 'pem', type: 'spki' }).toString();
}
