import { join } from 'node:path';
import { ScansideError } from '../device/errors.ts';
import type { Files } from '../device/files.ts';
import { type Dataset, parseDataset } from '../models/dataset/dataset.ts';

const datasetFile = 'dataset.json';
export const instanceFolder = 'instances';

/** Bytes of the largest image that is read. */
const largestImage = 1 << 30;

/** The data set in a folder. Throws DATASET_INVALID where there is none or it is damaged. */
export function openDataset(files: Files, folder: string): Dataset {
  const path = join(folder, datasetFile);
  if (!files.isPlainFile(path))
    throw new ScansideError('DATASET_INVALID', `${folder} holds no ${datasetFile}`);
  return parseDataset(files.readText(path));
}

/**
 * Writes `dataset.json`; the version that is there already is kept beside it under its own name. Throws DATASET_INVALID,
 * and writes nothing, for a version that the folder has already and for what could not be read again.
 */
export function writeDataset(files: Files, folder: string, dataset: Dataset): void {
  const text = `${JSON.stringify(dataset, null, 1)}\n`;
  parseDataset(text);
  const path = join(folder, datasetFile);
  if (files.isPlainFile(path)) {
    const before = openDataset(files, folder);
    const isFormer = files.exists(join(folder, formerName(dataset.version)));
    if (before.version === dataset.version || isFormer)
      throw new ScansideError('DATASET_INVALID', `version ${dataset.version} is there already`);
    files.replace(join(folder, formerName(before.version)), files.readText(path));
  }
  files.replace(path, text);
}

function formerName(version: string): string {
  return `dataset-${version}.json`;
}

/** Whether a name in the folder of a data set is that of its description, now or formerly. */
export function isDescription(name: string): boolean {
  return name === datasetFile || /^dataset-\d+\.\d+\.\d+\.json$/.test(name);
}

/** The bytes of an image file. Throws IMAGE_REFUSED where there is none, for a link and for one that is too large. */
export function readImage(files: Files, path: string): Buffer {
  if (!files.isPlainFile(path))
    throw new ScansideError('IMAGE_REFUSED', 'there is no such file, or it is a link');
  const fd = files.openToRead(path);
  try {
    const size = files.size(fd);
    if (size > largestImage)
      throw new ScansideError('IMAGE_REFUSED', `it has ${size} bytes; ${largestImage} are taken`);
    const bytes = Buffer.alloc(size);
    return bytes.subarray(0, files.read(fd, bytes, 0));
  } finally {
    files.close(fd);
  }
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
