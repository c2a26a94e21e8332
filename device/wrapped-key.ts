import { ScansideError } from './errors.ts';
import type { Files } from './files.ts';
import { type Keys, wrappedLength } from './keys.ts';

/** Where a key lies that the root key has wrapped: the first 60 bytes of a file. */
export interface WrappedKey {
  path: string;
  /** What it was wrapped for. */
  purpose: string;
}

/**
 * Wraps a key with another root key, and leaves what is behind it in its file alone; durable on return. Harmless when
 * repeated. False where neither root key opens it: it was destroyed or damaged before, and stays as it is.
 */
export function rewrapFile(
  files: Files,
  { path, purpose }: WrappedKey,
  old: Keys,
  next: Keys,
): boolean {
  const bytes = files.readBytes(path);
  const wrapped = bytes.subarray(0, wrappedLength);
  if (open(next, purpose, wrapped)) return true;
  const key = open(old, purpose, wrapped);
  if (!key) return false;
  const rest = bytes.subarray(wrappedLength);
  files.replace(path, Buffer.concat([next.wrap(purpose, key), rest]));
  key.fill(0);
  return true;
}

function open(keys: Keys, purpose: string, wrapped: Buffer): Buffer | undefined {
  try {
    return keys.unwrap(purpose, wrapped);
  } catch (error) {
    if (error instanceof ScansideError) return undefined;
    throw error;
  }
}
