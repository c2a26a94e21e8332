import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** Cost of scrypt (RFC 7914): 16 MiB of memory and some 50 ms for each guess. */
const cost = 16_384;
const saltLength = 16;
const keyLength = 32;

/** The form of a hash: `scrypt:SALT:KEY`, both in base64. */
export const passcodeHashForm = /^scrypt:[A-Za-z0-9+/]{22}==:[A-Za-z0-9+/]{43}=$/;

/** Hashes a passcode for the configuration. */
export async function hashPasscode(passcode: Uint8Array | string): Promise<string> {
  const salt = randomBytes(saltLength);
  const key = await derive(passcode, salt);
  return `scrypt:${salt.toString('base64')}:${key.toString('base64')}`;
}

/** Whether `passcode` is the one that `hash` was made of; false for what is no hash. */
export async function isPasscode(passcode: Uint8Array, hash: string): Promise<boolean> {
  if (!passcodeHashForm.test(hash)) return false;
  const [, salt = '', key = ''] = hash.split(':');
  const derived = await derive(passcode, Buffer.from(salt, 'base64'));
  return timingSafeEqual(derived, Buffer.from(key, 'base64'));
}

function derive(passcode: Uint8Array | string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(passcode, salt, keyLength, { N: cost }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
