import { join } from 'node:path';
import type { Files } from '../device/files.ts';
import type { WrappedKey } from '../device/wrapped-key.ts';
import { segmentKeyName, segmentKeyPurpose, segmentNumber } from './segment.ts';
import { signingKeysIn } from './signing-key.ts';

/** Every key of a log that lies in a file of its own. The MAC key lies in the state: see rewrapState. */
export function auditKeysIn(files: Files, folder: string): WrappedKey[] {
  const segments = files
    .list(folder)
    .map(segmentNumber)
    .filter((number) => number !== undefined)
    .map((number) => ({
      path: join(folder, segmentKeyName(number)),
      purpose: segmentKeyPurpose(number),
    }))
    .filter(({ path }) => files.exists(path));
  return [...segments, ...signingKeysIn(files, folder)];
}
