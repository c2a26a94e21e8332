import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ScansideError } from '../device/errors.ts';
import type { Files } from '../device/files.ts';
import type { Dataset, DatasetItem } from '../models/dataset/dataset.ts';
import { openDataset } from './dataset-folder.ts';
import { listDicomFiles } from './dicom-folder.ts';

/** `FOLDER`, or `FOLDER@PART` of a data set, or `FOLDER@PART:K/N`: the K-th of N shares of its patients. */
const form = /^(.+?)(?:@(train|validation|test)(?::(\d+)\/(\d+))?)?$/;

/** Which of `shares` a patient is in, from 0: always the same, and one patient's images stay together. */
export function shareOf(patient: string, shares: number): number {
  return createHash('sha256').update(`share:${patient}`).digest().readUInt32BE(0) % shares;
}

/** The items of a part of a data set, or of a share of it. */
export function selectItems(
  { items }: Dataset,
  part: string,
  share?: { number: number; of: number },
): DatasetItem[] {
  return items.filter(
    (item) =>
      item.part === part && (!share || shareOf(item.patient, share.of) === share.number - 1),
  );
}

/** The DICOM files that a selection names. Throws DATASET_INVALID where it names none. */
export function selectFiles(files: Files, selection: string): string[] {
  const [, folder = '', part, number, of] = form.exec(selection) ?? [];
  const share = number && of ? { number: Number(number), of: Number(of) } : undefined;
  const paths = part
    ? selectItems(openDataset(files, folder), part, share).map(({ file }) => join(folder, file))
    : listDicomFiles(files, folder);
  if (paths.length > 0) return paths;
  throw new ScansideError('DATASET_INVALID', `${selection} names no DICOM file`);
}
