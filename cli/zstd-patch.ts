import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { disk } from '../device/files.ts';
import type { MakePatch } from '../ota/fleet/bundle-patch.ts';
import type { Io } from './command.ts';

/** Binary logarithm of the smallest window that is asked for, and of the largest that a device grants. */
const [smallestWindow, largestWindow] = [20, 30];

/**
 * Makes patches with the program `zstd`: Node's own does not look for matches across a whole large file. Says once where
 * the program is missing; everything is then fetched whole.
 */
export function patchMaker(folder: string, io: Io): MakePatch {
  let isThere: boolean | undefined;
  return (basePath, content) => {
    const base = join(folder, basePath);
    if (isThere === false || !disk.isPlainFile(base)) return undefined;
    const longest = Math.max(content.length, disk.readBytes(base).length);
    const window = Math.min(largestWindow, Math.max(smallestWindow, Math.ceil(Math.log2(longest))));
    const args = ['-q', '-c', `--long=${window}`, `--stream-size=${content.length}`];
    const { status, stdout, error } = spawnSync('zstd', [...args, `--patch-from=${base}`], {
      input: content,
      maxBuffer: content.length + (1 << 20),
    });
    if (isThere === undefined && error)
      io.error('There is no program zstd here: no patches are made.');
    isThere = error === undefined;
    return status === 0 ? stdout : undefined;
  };
}
