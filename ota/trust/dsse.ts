import { verify } from 'node:crypto';
import { z } from 'zod';
import { keyIdOf, keyObjectOf, type PublicKey } from './public-key.ts';

const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/);

/** A signed statement (DSSE 1.0): what is signed is bytes, so that nothing is parsed before it is verified. */
export const dsseEnvelope = z.strictObject({
  payloadType: z.string().max(200),
  payload: base64,
  signatures: z
    .array(z.strictObject({ keyid: z.string().max(200), sig: base64 }))
    .min(1)
    .max(16),
});

export type DsseEnvelope = z.infer<typeof dsseEnvelope>;

/** The bytes that are signed: type and payload with their lengths, so that neither passes for the other. */
export function signedBytes(payloadType: string, payload: Uint8Array): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

/** How many of the keys have signed the envelope; each counts once. */
export function countSigners(envelope: DsseEnvelope, keys: readonly PublicKey[]): number {
  const payload = Buffer.from(envelope.payload, 'base64');
  const bytes = signedBytes(envelope.payloadType, payload);
  const known = new Map(keys.map((key) => [keyIdOf(key), key]));
  const signers = envelope.signatures.filter(({ keyid, sig }) => {
    const key = known.get(keyid);
    return key && verify(null, bytes, keyObjectOf(key), Buffer.from(sig, 'base64'));
  });
  return new Set(signers.map(({ keyid }) => keyid)).size;
}
