import type { Files } from '../../device/files.ts';

/** Creates a file with its first bytes and returns the descriptor. Where it throws, it leaves no file behind. */
export function createWith(files: Files, path: string, bytes: Uint8Array): number {
  const fd = files.create(path);
  try {
    files.write(fd, bytes, 0, bytes.length);
    return fd;
  } catch (error) {
    closeAnyway(files, fd);
    removeAnyway(files, path);
    throw error;
  }
}

/** For a file of which nothing is promised that has not been synced: the descriptor is gone whatever closing says. */
export function closeAnyway(files: Files, fd: number): void {
  try {
    files.close(fd);
  } catch {
    // Nobody is left who could do anything about it.
  }
}

/** For a file that came to nothing: one that cannot be removed does no harm. */
export function removeAnyway(files: Files, path: string): void {
  try {
    files.remove(path);
  } catch {
    // The disk has failed already, and the caller tells of that.
  }
}
