import { join } from 'node:path';
import { ScansideError } from '../../device/errors.ts';
import type { Files } from '../../device/files.ts';
import { eraseSegment } from './erasure.ts';
import type { SegmentKeys } from './segment-keys.ts';
import { cutTail, scanSegment, type Damage, type StoredRecord } from './segment-reader.ts';

/** The three kinds of segments of a spool. */
export const spoolFolders = ['inbox', 'quarantine', 'outgoing'] as const;
export type SpoolFolder = (typeof spoolFolders)[number];

export function makeSpool(files: Files, spool: string): void {
  for (const folder of [...spoolFolders, 'keys']) files.makeFolder(join(spool, folder));
}

export interface RecoveryPorts {
  files: Files;
  /** Open sealed segments. What they cannot open is reported as damage, and kept. */
  keys?: SegmentKeys | undefined;
  /** How far a segment has been indexed already. */
  scannedTo(path: string): number;
  /** Takes one record that the index does not know yet. */
  index(record: StoredRecord): void;
  damaged(damage: Damage): void;
}

/**
 * Brings the index up to the segments of one folder and cuts torn tails. The same at every start, after every death
 * of the receiver, and with the index deleted. Nobody may be writing to the folder.
 */
export async function recover(
  folder: string,
  { files, keys, scannedTo, index, damaged }: RecoveryPorts,
): Promise<void> {
  for (const name of files.list(folder).filter((entry) => entry.endsWith('.seg'))) {
    const path = join(folder, name);
    if (keys?.isDestroyed(path)) {
      // A crash came between the key and the segment.
      await eraseSegment(files, keys, path);
      continue;
    }
    if (isIndexed(files, path, scannedTo(path))) continue;
    const scan = scanSegment(files, path, scannedTo(path), keys);
    await cutTail(files, scan, path);
    scan.damage.forEach(damaged);
    for (const record of scan.records) takeIn(record, { index, damaged });
  }
}

/** One record that cannot be understood after all, as when somebody has changed it, holds up no other. */
function takeIn(
  record: StoredRecord,
  { index, damaged }: Pick<RecoveryPorts, 'index' | 'damaged'>,
): void {
  try {
    index(record);
  } catch (error) {
    if (!(error instanceof ScansideError) || error.kind === 'internal') throw error;
    const { path, start, end } = record;
    damaged({ path, start, end, code: error.code });
  }
}

function isIndexed(files: Files, path: string, scannedTo: number): boolean {
  const fd = files.openToRead(path);
  try {
    return files.size(fd) === scannedTo;
  } finally {
    files.close(fd);
  }
}
