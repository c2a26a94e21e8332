import { randomBytes, randomInt, scrypt, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { findFault, shortestPin } from './secret-rules.ts';

/** A PIN or password as it is kept: scrypt (RFC 7914) with its parameters, salt and key in base64. */
export const secretHash = z.strictObject({
  n: z
    .int()
    .min(1024)
    .max(1 << 20),
  r: z.int().min(1).max(32),
  p: z.int().min(1).max(4),
  salt: z.string().min(16),
  key: z.string().min(16),
});

export type SecretHash = z.infer<typeof secretHash>;

/** Parameters of scrypt. */
export type Cost = Pick<SecretHash, 'n' | 'r' | 'p'>;

/** 32 MiB of memory and some 100 ms for each guess. */
const usualCost: Cost = { n: 1 << 15, r: 8, p: 1 };
const saltLength = 16;
const keyLength = 32;

/** Hashes a text that nobody may guess. */
export async function hashText(text: string, cost: Cost = usualCost): Promise<SecretHash> {
  const salt = randomBytes(saltLength);
  const key = await derive(text, salt, cost);
  return { ...cost, salt: salt.toString('base64'), key: key.toString('base64') };
}

/** Whether `text` is the one that `hash` was made of. */
export async function isText(text: string, hash: SecretHash): Promise<boolean> {
  const key = await derive(text, Buffer.from(hash.salt, 'base64'), hash);
  const kept = Buffer.from(hash.key, 'base64');
  return kept.length === key.length && timingSafeEqual(key, kept);
}

/** A hash that belongs to nobody: an unknown name costs the same work as a known one. */
export function decoyHash(): SecretHash {
  const random = (length: number) => randomBytes(length).toString('base64');
  return { ...usualCost, salt: random(saltLength), key: random(keyLength) };
}

/** A PIN for somebody who will choose another. */
export function makePin(): string {
  for (;;) {
    const pin = String(randomInt(10 ** shortestPin)).padStart(shortestPin, '0');
    if (findFault(pin, '') === undefined) return pin;
  }
}

function derive(text: string, salt: Buffer, { n, r, p }: Cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(text, salt, keyLength, { N: n, r, p, maxmem: 256 * n * r }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
