import { join } from 'node:path';
import { ScansideError } from '../device/errors.ts';
import type { Files } from '../device/files.ts';
import { type Dataset, parseDataset } from '../models/dataset/dataset.ts';

export const datasetFile = 'dataset.json';
export const instanceFolder = 'instances';

/** Bytes of the largest image that is read. */
export const largestImage = 1 << 30;

/** The data set in a folder. Throws DATASET_INVALID where there is none or it is damaged. */
export function openDataset(files: Files, folder: string): Dataset {
  const path = join(folder, datasetFile);
  if (!files.isPlainFile(path))
    throw new ScansideError('DATASET_INVALID', `${folder} holds no ${datasetFile}`);
  return parseDataset(files.readText(path));
}

/** Writes `dataset.json`; a version that is there already is kept beside it under its own name. */
export function writeDataset(files: Files, folder: string, dataset: Dataset): void {
  const path = join(folder, datasetFile);
  if (files.isPlainFile(path)) {
    const before = parseDataset(files.readText(path));
    files.replace(join(folder, formerName(before.version)), files.readText(path));
  }
  files.replace(path, `${JSON.stringify(dataset, null, 1)}\n`);
}

function formerName(version: string): string {
  return `dataset-${version}.json`;
}

/** Whether a name in the folder of a data set is that of its description, now or formerly. */
export function isDescription(name: string): boolean {
  return name === datasetFile || /^dataset-\d+\.\d+\.\d+\.json$/.test(name);
}

/** Writes a new file without waiting for the disk: what is lost in a crash is imported again. */
export function writeFile(files: Files, path: string, bytes: Uint8Array): void {
  const fd = files.create(path);
  try {
    files.write(fd, bytes, 0, bytes.length);
  } finally {
    files.close(fd);
  }
}
