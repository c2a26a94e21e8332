import type { Keys } from '../../device/keys.ts';
import { type Cost, hashText, isText, type SecretHash } from '../../device/web/secret.ts';

/**
 * Hashes a secret. What goes into scrypt is first bound to the device's root key: a million PINs are quickly tried by
 * whoever has stolen the file alone.
 */
export function hashSecret(keys: Keys, secret: string, cost?: Cost): Promise<SecretHash> {
  return hashText(bind(keys, secret), cost);
}

/** Whether `secret` is the one that `hash` was made of. */
export function isSecret(keys: Keys, secret: string, hash: SecretHash): Promise<boolean> {
  return isText(bind(keys, secret), hash);
}

function bind(keys: Keys, secret: string): string {
  return keys.identify('panel secret', secret.normalize('NFKC'));
}
