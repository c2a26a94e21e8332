import type { TargetFile } from 'tuf-js';
import { ScansideError } from '../../device/errors.ts';
import { verifyTarget } from '../trust/target.ts';
import { blobOf } from './blob.ts';
import type { ChunkSource } from './chunk-source.ts';

/** A small target whole, verified. Throws TARGET_CHANGED, UPDATE_TOO_LONG and what the source throws. */
export async function fetchTarget(
  source: ChunkSource,
  target: TargetFile,
  longest: number,
): Promise<Buffer> {
  const { stored, length } = blobOf(target);
  if (length > longest) throw new ScansideError('UPDATE_TOO_LONG', target.path);
  const parts: Uint8Array[] = [];
  for (let size = 0; size < length;) {
    const part = await source.read(stored, size, length - size);
    if (part.length === 0) throw new ScansideError('UPDATE_UNREACHABLE', stored);
    parts.push(part);
    size += part.length;
  }
  const bytes = Buffer.concat(parts);
  verifyTarget(target, bytes);
  return bytes;
}
