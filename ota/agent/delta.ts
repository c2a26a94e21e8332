import { pipeline } from 'node:stream/promises';
import { constants, createZstdDecompress } from 'node:zlib';
import type { Files } from '../../device/files.ts';
import { type Blob, holdsBlob } from './blob.ts';

/** Binary logarithm of the largest window that a patch may ask for: it costs as much memory. */
const longestWindow = 30;

export interface Delta {
  /** The bytes that the patch starts from. */
  base: Uint8Array;
  /** Path of what `zstd --patch-from` has made, verified. */
  patch: string;
  /** Where the new file is to be. */
  path: string;
}

/**
 * Makes a file of an earlier one and a patch; whether it is the one that was signed for. It never grows beyond that,
 * whatever the patch says, and where another comes out there is no file. Throws Node's own errors of the disk.
 */
export async function applyDelta(files: Files, delta: Delta, blob: Blob): Promise<boolean> {
  const { base, patch, path } = delta;
  files.remove(path);
  const fd = files.create(path);
  try {
    await pipeline(
      [files.readBytes(patch)],
      createZstdDecompress({
        dictionary: base,
        params: { [constants.ZSTD_d_windowLogMax]: longestWindow },
      }),
      (chunks: AsyncIterable<Buffer>) => writeWithin(files, fd, chunks, blob.length),
    );
    await files.sync(fd);
  } catch (error) {
    files.remove(path);
    if (isOfDisk(error)) throw error;
    return false;
  } finally {
    files.close(fd);
  }
  if (holdsBlob(files, path, blob)) return true;
  files.remove(path);
  return false;
}

function isOfDisk(error: unknown): boolean {
  return ['ENOSPC', 'EIO', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '');
}

async function writeWithin(
  files: Files,
  fd: number,
  chunks: AsyncIterable<Buffer>,
  length: number,
): Promise<void> {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > length) return;
    files.write(fd, chunk, 0, chunk.length);
  }
}
