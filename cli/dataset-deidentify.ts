import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ScansideError } from '../device/errors.ts';
import { disk, type Files } from '../device/files.ts';
import { keyLength, keysOf, type Keys } from '../device/keys.ts';
import type { Command, Io } from './command.ts';
import { readImage, writeFile } from './dataset-folder.ts';
import { deidentify, type Profile } from './deidentification.ts';
import { choice, readOptions, required, runCommand, UsageError } from './options.ts';

const usage = `Removes the identity of patients from DICOM images.

Usage: scanside dataset deidentify --from FOLDER --out FOLDER --key FILE [options]

  --from FOLDER         DICOM files, in any depth
  --out FOLDER          where the results go; must be new or empty
  --key FILE            secret key, made if it is not there. The same key gives a patient the same pseudonym at any
                        time; whoever has it can find out which pseudonym is whose. Keep it apart from the results
  --site NAME           tells equal Patient IDs of different sites apart
  --dates shift         shift dates by the patient's own number of days, 1 to 3650 into the past, in place of removing
                        them; times of day are removed in any case
  --characteristics     keep sex, age (90 for everybody older than 89), size and weight
  --pictures-checked    somebody has looked at the pictures whose objects do not say whether the patient is named in
                        them, as Secondary Captures and ultrasound often do, and found no name
  --help                this text

Follows the Basic Application Level Confidentiality Profile (PS3.15 annex E) by an allow-list: only attributes that are
known to be harmless stay, and only with values that are. Pictures stay as they are; nothing looks for names in them.
An object that cannot be made safe is left out, with the reason, and the exit code is 1.
`;

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const options = {
  from: text,
  out: text,
  key: text,
  site: text,
  dates: text,
  characteristics: flag,
  'pictures-checked': flag,
};

/** The key in a file that nobody but its owner may read; made at first use. */
export function openKey(files: Files, path: string, io: Io): Keys {
  if (!files.exists(path) && files.createWhole(path, randomBytes(keyLength)))
    io.out(`made a new key: ${path}`);
  if (!files.isPrivate(path)) throw new ScansideError('KEY_EXPOSED', path);
  return keysOf(files.readBytes(path));
}

/** The plain files under a folder, sorted. Links are not followed. */
function walk(files: Files, folder: string): string[] {
  return files.list(folder).flatMap((name) => {
    const path = join(folder, name);
    if (files.isPlainFile(path)) return [path];
    return files.isFolder(path) ? walk(files, path) : [];
  });
}

interface Tally {
  written: number;
  refused: number;
  patients: Set<string>;
}

function deidentifyFile(files: Files, path: string, out: string, profile: Profile, io: Io): string {
  const done = deidentify(readImage(files, path), profile);
  const target = join(out, `${done.sopInstanceUid}.dcm`);
  if (files.exists(target))
    throw new ScansideError(
      'IMAGE_REFUSED',
      'an object of the same SOP Instance UID was there before',
    );
  writeFile(files, target, done.file);
  for (const warning of done.warnings) io.error(`warning: ${path}: ${warning}`);
  return done.patient;
}

/** De-identifies every file of a folder; returns the exit code. */
export function deidentifyFolder(args: string[], io: Io, files: Files): number {
  const given = readOptions(args, options);
  const from = required('from', given.from);
  const out = required('out', given.out);
  if (files.list(out).length > 0) throw new UsageError(`--out ${out} is not empty`);
  const profile: Profile = {
    dates: choice('dates', given.dates ?? 'remove', ['remove', 'shift']),
    site: given.site ?? '',
    characteristics: given.characteristics ?? false,
    picturesChecked: given['pictures-checked'] ?? false,
    keys: openKey(files, required('key', given.key), io),
  };
  files.makeFolder(out);
  const tally: Tally = { written: 0, refused: 0, patients: new Set() };
  for (const path of walk(files, from)) {
    try {
      tally.patients.add(deidentifyFile(files, path, out, profile, io));
      tally.written += 1;
    } catch (error) {
      if (!(error instanceof ScansideError)) throw error;
      tally.refused += 1;
      io.error(`left out: ${path}: ${error.message}`);
    }
  }
  io.out(`${tally.written} images of ${tally.patients.size} patients; ${tally.refused} left out`);
  return tally.refused > 0 || tally.written === 0 ? 1 : 0;
}

export const deidentifyCommand: Command = {
  summary: 'Remove the identity of patients from DICOM images',
  usage,
  run: (args, io) => runCommand(args, usage, io, () => deidentifyFolder(args, io, disk)),
};
