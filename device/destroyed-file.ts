import { randomBytes } from 'node:crypto';
import type { Files } from './files.ts';

/** Bytes that are overwritten at once. */
const pieceLength = 1 << 20;
/** At least so much is written: a key that was cut off is gone as well. */
const leastLength = 32;

/** Removes a file that it has overwritten before: on a disk that writes in place nothing is left. Harmless without one. */
export function destroyFile(files: Files, path: string): void {
  if (!files.exists(path)) return;
  const fd = files.openToUpdate(path);
  try {
    const length = Math.max(leastLength, files.size(fd));
    for (let at = 0; at < length; at += pieceLength) {
      const noise = randomBytes(Math.min(pieceLength, length - at));
      files.write(fd, noise, 0, noise.length);
    }
  } finally {
    files.close(fd);
  }
  files.replace(path, '');
  files.remove(path);
}
