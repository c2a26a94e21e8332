import { ScansideError } from './errors.ts';
import type { Files } from './files.ts';
import { openData } from './sealing.ts';

/** Where the bytes of one object stand in a file. */
export interface DataExtent {
  path: string;
  /** First byte in the file. */
  offset: number;
  /** Bytes of the object; sealed they take more. */
  length: number;
  /** Opens them; undefined where they stand there as they are. */
  key?: Uint8Array | undefined;
}

/** The object’s first `limit` bytes. Throws SPOOL_CORRUPT where the file ends before, SEAL_BROKEN, or Node’s error. */
export function readData(
  files: Files,
  { path, offset, length, key }: DataExtent,
  limit = length,
): Buffer {
  const fd = files.openToRead(path);
  const read = (position: number, count: number) => {
    // Before any memory is taken: a wrong length must not cost any.
    if (files.size(fd) < offset + position + count) throw cutOff();
    const bytes = Buffer.allocUnsafe(count);
    if (files.read(fd, bytes, offset + position) !== count) throw cutOff();
    return bytes;
  };
  try {
    return key ? openData(key, length, limit, read) : read(0, Math.min(limit, length));
  } finally {
    files.close(fd);
  }
}

function cutOff(): ScansideError {
  return new ScansideError('SPOOL_CORRUPT', 'the file ends within the object');
}
