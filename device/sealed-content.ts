import { randomBytes } from 'node:crypto';
import { ScansideError } from './errors.ts';
import { keyLength, type Keys, wrappedLength } from './keys.ts';
import { openData, openedLength, Sealer } from './sealing.ts';

/**
 * Content of a small file that only this device can read, and only for `purpose`: a key of its own, wrapped, and then
 * the data sealed with it.
 */
export function sealContent(keys: Keys, purpose: string, content: Uint8Array): Buffer {
  const key = randomBytes(keyLength);
  const sealer = new Sealer(key);
  sealer.begin(Buffer.alloc(0));
  const parts = [keys.wrap(purpose, key), sealer.number()];
  sealer.write(content, 0, content.length, (bytes) => parts.push(Buffer.from(bytes)));
  sealer.finish((bytes) => parts.push(Buffer.from(bytes)));
  return Buffer.concat(parts);
}

/** The content again. Throws KEY_UNUSABLE or SEAL_BROKEN. */
export function openContent(keys: Keys, purpose: string, sealed: Buffer): Buffer {
  const length = openedLength(sealed.length - wrappedLength);
  if (length === undefined || sealed.length < wrappedLength)
    throw new ScansideError('SEAL_BROKEN', 'the file is cut off');
  const key = keys.unwrap(purpose, sealed.subarray(0, wrappedLength));
  return openData(key, length, length, (position, count) =>
    sealed.subarray(wrappedLength + position, wrappedLength + position + count),
  );
}
