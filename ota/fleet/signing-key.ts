import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { canonicalJson } from '../../models/canonical-json.ts';
import { keyIdOf, type PublicKey } from '../trust/public-key.ts';

/** A key of a role, with its private half. */
export interface SigningKey {
  keyId: string;
  publicKey: PublicKey;
  privateKey: KeyObject;
}

/** An Ed25519 signature over the canonical form of what is signed (TUF 4.2.1), hexadecimal. */
export interface Signature {
  keyid: string;
  sig: string;
}

export function createSigningKey(): SigningKey {
  return signingKeyOf(generateKeyPairSync('ed25519').privateKey);
}

export function signingKeyOf(privateKey: KeyObject): SigningKey {
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  const keyval = { public: Buffer.from(x, 'base64url').toString('hex') };
  const publicKey: PublicKey = { keytype: 'ed25519', scheme: 'ed25519', keyval };
  return { keyId: keyIdOf(publicKey), publicKey, privateKey };
}

/** The bytes that a role signs. */
export function bytesToSign(signed: object): Buffer {
  return Buffer.from(canonicalJson(signed));
}

export function signWith({ keyId, privateKey }: SigningKey, signed: object): Signature {
  return { keyid: keyId, sig: sign(null, bytesToSign(signed), privateKey).toString('hex') };
}
