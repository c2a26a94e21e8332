import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { join } from 'node:path';
import type { Files } from './files.ts';
import type { Keys } from './keys.ts';
import { openContent, sealContent } from './sealed-content.ts';
import type { WrappedKey } from './wrapped-key.ts';

/** Name of the file that holds the device’s private key, sealed with the root key. */
export const deviceKeyName = 'device.key';
const purpose = 'device identity';

/** Where the identity of a data folder lies. */
export function identityFolderOf(dataFolder: string): string {
  return join(dataFolder, 'identity');
}

/** The key that the device’s private key is sealed with. */
export function identityKeysIn(files: Files, folder: string): WrappedKey[] {
  const path = join(folder, deviceKeyName);
  return files.exists(path) ? [{ path, purpose }] : [];
}

/**
 * The device’s private key (P-256), made at first use and kept sealed: whoever has the disk without the root key cannot
 * pass for the device. Throws KEY_UNUSABLE, SEAL_BROKEN.
 */
export function openDeviceKey(files: Files, folder: string, keys: Keys): KeyObject {
  const path = join(folder, deviceKeyName);
  files.makeFolder(folder);
  if (!files.exists(path)) files.createWhole(path, sealContent(keys, purpose, makeKey()));
  return createPrivateKey(openDeviceKeyFile(keys, files.readBytes(path)));
}

/** The private key in the bytes of such a file, PEM (PKCS #8). Throws KEY_UNUSABLE, SEAL_BROKEN. */
export function openDeviceKeyFile(keys: Keys, sealed: Buffer): string {
  return openContent(keys, purpose, sealed).toString();
}

function makeKey(): Buffer {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return Buffer.from(privateKey.export({ format: 'pem', type: 'pkcs8' }));
}

/** SHA-256 of the public half of a key (SPKI, DER), hexadecimal: what the fleet preauthorises. */
export function thumbprintOf(key: KeyObject): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  return createHash('sha256').update(spki).digest('hex');
}

/**
 * Eight digits of a thumbprint, for two people who compare what the device shows with what the fleet has got. It finds
 * mix-ups; against somebody who makes keys until the digits fit, compare the whole thumbprint.
 */
export function pairingCodeOf(thumbprint: string): string {
  const digits = (BigInt(`0x${thumbprint}`) % 100_000_000n).toString().padStart(8, '0');
  return `${digits.slice(0, 4)} ${digits.slice(4)}`;
}
