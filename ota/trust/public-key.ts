import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../models/canonical-json.ts';

/** A key as metadata names it (TUF 4.2). */
export const publicKeySchema = z.strictObject({
  keytype: z.literal('ed25519'),
  scheme: z.literal('ed25519'),
  keyval: z.strictObject({ public: z.string().regex(/^[0-9a-f]{64}$/) }),
});

export type PublicKey = z.infer<typeof publicKeySchema>;

/** SHA-256 of the key's canonical form (TUF 4.2). */
export function keyIdOf(key: PublicKey): string {
  return createHash('sha256').update(canonicalJson(key)).digest('hex');
}

/** The key of Node, to verify with. */
export function keyObjectOf({ keyval }: PublicKey): KeyObject {
  const x = Buffer.from(keyval.public, 'hex').toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}
