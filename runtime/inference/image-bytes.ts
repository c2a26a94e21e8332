import { readData } from '../../device/data-extent.ts';
import type { Files } from '../../device/files.ts';
import type { ImageExtent } from './engine-message.ts';
import { largestInstance } from './pixels.ts';

/** Reads the byte range of an image. Throws a sentence for one that is too long, and as readData does. */
export function readRange(files: Files, { path, offset, length, key }: ImageExtent): Uint8Array {
  if (length > largestInstance) throw new Error(`the instance has ${length} bytes`);
  const opened = key === undefined ? undefined : Buffer.from(key, 'base64');
  return readData(files, { path, offset, length, key: opened });
}

/** The reason alone: a path may carry names that the log must not. */
export function readFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? `the file cannot be read: ${String(error.code)}` : error.message;
}
