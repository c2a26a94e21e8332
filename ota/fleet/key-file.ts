import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  type KeyObject,
  randomBytes,
  scryptSync,
} from 'node:crypto';
import { z } from 'zod';
import { ScansideError } from '../../device/errors.ts';
import type { Files } from '../../device/files.ts';
import { indentedJson } from '../../models/canonical-json.ts';
import { type SigningKey, signingKeyOf } from './signing-key.ts';

const cipherName = 'aes-256-gcm';
const tagLength = 16;
const nonceLength = 12;
export const shortestPassphrase = 12;

/** 128 MiB and some 300 ms for each guess (scrypt, RFC 7914). */
const cost = { N: 1 << 17, r: 8, p: 1 };

const base64 = z.base64().max(1000);
const keyFileSchema = z.strictObject({
  schema: z.literal(1),
  /** For people: whose key it is. */
  name: z.string(),
  keyId: z.string(),
  /** PKCS #8, in the clear; of the keys that a program signs with by itself. */
  privateKey: base64.optional(),
  /** Salt of scrypt; nonce, PKCS #8 under AES-256-GCM and tag. */
  sealed: z.strictObject({ salt: base64, data: base64 }).optional(),
});

/** Seals private keys with one passphrase. It is stretched once, however many keys there are. */
export class KeySealer {
  readonly #salt = randomBytes(16);
  readonly #secret: Buffer;

  /** Throws FLEET_KEY_UNUSABLE for a passphrase that is soon guessed. */
  constructor(passphrase: string) {
    if (passphrase.length < shortestPassphrase)
      throw unusable(`a passphrase has at least ${shortestPassphrase} characters`);
    this.#secret = stretch(passphrase, this.#salt);
  }

  /** The text of a key's file. */
  seal(name: string, { keyId, privateKey }: SigningKey): string {
    const nonce = randomBytes(nonceLength);
    const cipher = createCipheriv(cipherName, this.#secret, nonce).setAAD(Buffer.from(keyId));
    const parts = [nonce, cipher.update(derOf(privateKey)), cipher.final(), cipher.getAuthTag()];
    const sealed = {
      salt: this.#salt.toString('base64'),
      data: Buffer.concat(parts).toString('base64'),
    };
    return indentedJson({ schema: 1, name, keyId, sealed });
  }
}

/** The text of a file of a key that a program signs with by itself: the file system alone protects it. */
export function plainKeyFile(name: string, { keyId, privateKey }: SigningKey): string {
  return indentedJson({ schema: 1, name, keyId, privateKey: derOf(privateKey).toString('base64') });
}

/** Opens a key’s file. Throws KEY_EXPOSED where others may read it, FLEET_KEY_UNUSABLE. */
export function readKeyFile(files: Files, path: string, passphrase = ''): SigningKey {
  if (!files.isPlainFile(path)) throw unusable(`there is no file ${path}`);
  if (!files.isPrivate(path)) throw new ScansideError('KEY_EXPOSED', path);
  const { keyId, privateKey, sealed } = parse(path, files.readText(path));
  const der = privateKey
    ? Buffer.from(privateKey, 'base64')
    : open(path, keyId, sealed ?? { salt: '', data: '' }, passphrase);
  const key = signingKeyOf(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  if (key.keyId !== keyId) throw unusable(`${path} is not the key that it says`);
  return key;
}

function parse(path: string, text: string): z.infer<typeof keyFileSchema> {
  try {
    return keyFileSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new ScansideError('FLEET_KEY_UNUSABLE', `${path} is no file of a key`, { cause });
  }
}

function open(
  path: string,
  keyId: string,
  sealed: { salt: string; data: string },
  passphrase: string,
): Buffer {
  const data = Buffer.from(sealed.data, 'base64');
  const secret = stretch(passphrase, Buffer.from(sealed.salt, 'base64'));
  const cipher = createDecipheriv(cipherName, secret, data.subarray(0, nonceLength));
  cipher.setAAD(Buffer.from(keyId)).setAuthTag(data.subarray(-tagLength));
  try {
    return Buffer.concat([cipher.update(data.subarray(nonceLength, -tagLength)), cipher.final()]);
  } catch (cause) {
    throw new ScansideError('FLEET_KEY_UNUSABLE', `the passphrase does not open ${path}`, {
      cause,
    });
  }
}

function stretch(passphrase: string, salt: Buffer): Buffer {
  return scryptSync(passphrase.normalize('NFKC'), salt, 32, { ...cost, maxmem: 256 << 20 });
}

function derOf(privateKey: KeyObject): Buffer {
  return privateKey.export({ type: 'pkcs8', format: 'der' });
}

function unusable(detail: string): ScansideError {
  return new ScansideError('FLEET_KEY_UNUSABLE', detail);
}
