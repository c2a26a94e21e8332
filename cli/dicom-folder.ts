import { join } from 'node:path';
import type { Files } from '../device/files.ts';
import { readPart10 } from '../runtime/dicom/part10.ts';
import type { Received } from '../runtime/inference/input.ts';

/** Every DICOM file of a folder and of the folders in it, sorted. */
export function listDicomFiles(files: Files, folder: string): string[] {
  return files.list(folder).flatMap((name) => {
    const path = join(folder, name);
    if (files.isPlainFile(path)) return name.endsWith('.dcm') ? [path] : [];
    return listDicomFiles(files, path);
  });
}

/** A Part 10 file as the engine would get it. Throws DATA_SET_UNREADABLE. */
export function readReceived(files: Files, path: string): Received {
  const { dataSet, transferSyntaxUid } = readPart10(files.readBytes(path));
  return { bytes: dataSet, transferSyntaxUid };
}
