import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { z } from 'zod';
import { ScansideError } from '../../device/errors.ts';
import { thumbprintOf } from '../../device/identity-key.ts';
import { signedBytes } from '../../ota/trust/dsse.ts';

/** What a device hands over to the one that takes its place: nothing that belongs to the box itself. */
const contentSchema = z.strictObject({
  schema: z.literal(1),
  /** Serial number of the device that hands over. */
  serial: z.string().max(64),
  /** UTC, ISO 8601. */
  at: z.string().max(40),
  /** As it was written, without the data folder and the serial number. */
  configuration: z.record(z.string(), z.unknown()),
  /** Names and roles; no PIN, password or badge goes along. */
  accounts: z.array(
    z.strictObject({
      name: z.string().max(64),
      displayName: z.string().max(64),
      role: z.string().max(40),
    }),
  ),
});

export type Replacement = z.infer<typeof contentSchema>;

const type = 'application/vnd.scanside.replacement+json';
const cipherName = 'aes-256-gcm';
const base64 = z.base64();

const envelopeSchema = z.strictObject({
  schema: z.literal(1),
  /** SHA-256 of the public key that it is encrypted to. */
  to: z.string(),
  /** The key pair of this one message; its public half, SPKI. */
  ephemeral: base64,
  /** Under AES-256-GCM, with its tag behind it. */
  sealed: base64,
  /** ECDSA (P-256, SHA-256) of the device that hands over, over everything above. */
  signature: base64,
});

/**
 * Encrypts what a device hands over to the key of its successor, and signs it: an ephemeral ECDH on P-256, HKDF with both
 * public keys, AES-256-GCM. The key is used for one message, so its nonce is zero.
 */
export function sealReplacement(content: Replacement, to: KeyObject, own: KeyObject): string {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const cipher = createCipheriv(cipherName, keyOf(privateKey, to, publicKey, to), nonce());
  const plain = Buffer.from(JSON.stringify(contentSchema.parse(content)));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  const head = { schema: 1, to: thumbprintOf(to), ephemeral: spki(publicKey).toString('base64') };
  const unsigned = { ...head, sealed: sealed.toString('base64') };
  const signature = sign('sha256', bytesToSign(unsigned), own).toString('base64');
  return `${JSON.stringify({ ...unsigned, signature }, undefined, 2)}\n`;
}

/**
 * What the device with the public key `from` hands over to the one with the private key `own`. Throws
 * REPLACEMENT_UNUSABLE.
 */
export function openReplacement(text: string, own: KeyObject, from: KeyObject): Replacement {
  const { signature, ...unsigned } = read(() => envelopeSchema.parse(JSON.parse(text)));
  if (!verify('sha256', bytesToSign(unsigned), from, Buffer.from(signature, 'base64')))
    throw unusable('it is not signed by that device');
  if (unsigned.to !== thumbprintOf(own)) throw unusable('it is for another device');
  const plain = read(() => decrypt(unsigned, own));
  return read(() => contentSchema.parse(JSON.parse(plain.toString())));
}

type Unsigned = Omit<z.infer<typeof envelopeSchema>, 'signature'>;

function decrypt({ ephemeral, sealed }: Unsigned, own: KeyObject): Buffer {
  const der = Buffer.from(ephemeral, 'base64');
  const theirs = createPublicKey({ key: der, format: 'der', type: 'spki' });
  const bytes = Buffer.from(sealed, 'base64');
  const key = keyOf(own, theirs, theirs, createPublicKey(own));
  const cipher = createDecipheriv(cipherName, key, nonce()).setAuthTag(bytes.subarray(-16));
  return Buffer.concat([cipher.update(bytes.subarray(0, -16)), cipher.final()]);
}

/** Both public keys are part of it: the message is for this successor and no other. */
function keyOf(
  privateKey: KeyObject,
  publicKey: KeyObject,
  ephemeral: KeyObject,
  to: KeyObject,
): Buffer {
  const secret = diffieHellman({ privateKey, publicKey });
  const info = Buffer.concat([Buffer.from(`${type} `), spki(ephemeral), spki(to)]);
  return Buffer.from(hkdfSync('sha256', secret, '', info, 32));
}

const nonce = (): Buffer => Buffer.alloc(12);

function spki(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' });
}

function bytesToSign({ schema, to, ephemeral, sealed }: Record<string, unknown>): Buffer {
  return signedBytes(type, Buffer.from(JSON.stringify([schema, to, ephemeral, sealed])));
}

function read<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new ScansideError('REPLACEMENT_UNUSABLE', 'it cannot be read', { cause });
  }
}

function unusable(detail: string): ScansideError {
  return new ScansideError('REPLACEMENT_UNUSABLE', detail);
}
