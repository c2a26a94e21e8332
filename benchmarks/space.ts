import { statfsSync } from 'node:fs';

/** Throws where the disk under `folder` has less than so many bytes free: a full disk makes no figures. */
export function requireSpace(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= bytes) return;
  const needed = (bytes / 1e9).toFixed(1);
  throw new Error(`this needs ${needed} GB free under ${folder}; use --folder or fewer images`);
}
