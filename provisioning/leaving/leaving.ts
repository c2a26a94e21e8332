import { join } from 'node:path';
import { z } from 'zod';
import { destroyFile } from '../../device/destroyed-file.ts';
import { ScansideError } from '../../device/errors.ts';
import type { Files } from '../../device/files.ts';
import { keyFolderOf } from '../../device/keys.ts';
import { destroyRootKey } from '../../device/root-key.ts';

// Erasing is begun by a mark on the disk and ended by removing it. While it is there nothing starts, and the same command
// goes on wherever it was cut off: every step of it is harmless when it is done twice.

/** How far the device is erased: of what is about patients, or of everything. */
export type LeavingAct = 'patient-data' | 'decommission';

const markName = 'leaving.json';

const mark = z.strictObject({
  schema: z.literal(1),
  act: z.enum(['patient-data', 'decommission']),
  /** Of the decommissioning, for whoever asked for it; empty where there is none. */
  certificate: z.string(),
});

export type LeavingMark = z.infer<typeof mark>;

/** What is in a data folder about patients: images, results, their pictures, and what was counted of each exam. */
export const patientPlaces = [
  'spool',
  'previews',
  'state.db',
  'state.db-wal',
  'state.db-shm',
  'quality.db',
  'quality.db-wal',
  'quality.db-shm',
] as const;

/** The erasing that was begun and not ended. Throws LEAVING_UNFINISHED where the mark cannot be read. */
export function begunLeaving(files: Files, dataFolder: string): LeavingMark | undefined {
  const path = join(dataFolder, markName);
  if (!files.exists(path)) return undefined;
  try {
    return mark.parse(JSON.parse(files.readText(path)));
  } catch (cause) {
    throw new ScansideError('LEAVING_UNFINISHED', path, { cause });
  }
}

/** Throws LEAVING_UNFINISHED where erasing was begun. */
export function refuseWhileLeaving(files: Files, dataFolder: string): void {
  const begun = begunLeaving(files, dataFolder);
  if (begun) throw new ScansideError('LEAVING_UNFINISHED', begun.act);
}

export function beginLeaving(
  files: Files,
  dataFolder: string,
  act: LeavingAct,
  certificate = '',
): void {
  const text = JSON.stringify({ schema: 1, act, certificate });
  files.replace(join(dataFolder, markName), text);
}

export function endLeaving(files: Files, dataFolder: string): void {
  files.remove(join(dataFolder, markName));
}

/**
 * Makes everything about patients unreadable: first the keys of segments and pictures, then what they protect. Root key,
 * models, identity, accounts and audit log stay.
 */
export function erasePatientData(files: Files, dataFolder: string): void {
  for (const folder of [join('spool', 'keys'), 'previews'])
    for (const name of files.list(join(dataFolder, folder)))
      destroyFile(files, join(dataFolder, folder, name));
  for (const place of patientPlaces) erasePlace(files, join(dataFolder, place));
}

/**
 * Destroys the root key, without which nothing in the data folder can be read, and then removes all that is in it but the
 * mark.
 */
export function eraseEverything(files: Files, dataFolder: string): void {
  destroyRootKey(files, keyFolderOf(dataFolder));
  for (const name of files.list(dataFolder))
    if (name !== markName) erasePlace(files, join(dataFolder, name));
}

function erasePlace(files: Files, path: string): void {
  if (files.isPlainFile(path)) destroyFile(files, path);
  else files.removeFolder(path);
}
