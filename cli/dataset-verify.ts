import { join } from 'node:path';
import { ScansideError } from '../device/errors.ts';
import { disk, type Files } from '../device/files.ts';
import { type Dataset, type DatasetItem, sha256Of } from '../models/dataset/dataset.ts';
import { leaks, repetitions } from '../models/dataset/leakage.ts';
import { nearPairs, type Thumbnail } from '../models/dataset/near-duplicates.ts';
import { readDataSet } from '../runtime/dicom/data-set.ts';
import { readPart10 } from '../runtime/dicom/part10.ts';
import { tags } from '../runtime/dicom/tag.ts';
import { firstString } from '../runtime/dicom/value.ts';
import type { Command, Io } from './command.ts';
import { instanceFolder, isDescription, openDataset, readImage } from './dataset-folder.ts';
import { objectLimits, pixelHash } from './dataset-image.ts';
import { agreementLines, datasetLines } from './dataset-summary.ts';
import { readOptions, required, runCommand } from './options.ts';
import { thumbnailOf } from './thumbnail.ts';

const usage = `Checks a data set, file by file, and its division into parts.

Usage: scanside dataset verify --data FOLDER

Wrong, and the exit code is 1: dataset.json or a file was changed, a file is missing or is there without being listed,
or the same patient, SOP instance, picture or original file is in two parts (the same site, where the data set was
divided by site).
Worth a look: pictures of two parts (of two patients, if it is not divided) that look alike, images without the label that the parts are balanced by, images
that no majority of readers has labelled.
`;

/** Correlation of thumbnails from which two pictures look alike. */
const alike = 0.98;

interface Finding {
  wrong: string[];
  look: string[];
}

/** Everything that is wrong with a data set, and what somebody should look at. */
export function verifyDataset(files: Files, folder: string, dataset: Dataset): Finding {
  const thumbnails: Thumbnail[] = [];
  const damaged = dataset.items.flatMap((item) => {
    const { problem, greys } = verifyItem(files, folder, item);
    if (greys) thumbnails.push({ file: item.file, group: groupOf(item), greys });
    return problem ? [`${item.file}: ${problem}`] : [];
  });
  return {
    wrong: [
      ...damaged,
      ...extraFiles(files, folder, dataset),
      ...leaks(dataset.items, dataset.split?.by === 'site'),
    ],
    look: [
      ...repeated(dataset),
      ...lookAlikes(thumbnails, dataset.items.length),
      ...unlabelled(dataset),
    ],
  };
}

/** What must not look alike: pictures of two parts, or of two patients where nothing is divided yet. */
function groupOf({ part, fold, patient }: DatasetItem): string {
  return part ?? fold?.toString() ?? patient;
}

function verifyItem(files: Files, folder: string, item: DatasetItem) {
  try {
    const bytes = readImage(files, join(folder, item.file));
    if (sha256Of(bytes) !== item.sha256) return { problem: 'it was changed' };
    const { transferSyntaxUid, dataSet } = readPart10(bytes);
    const read = readDataSet(dataSet, transferSyntaxUid, objectLimits);
    if (firstString(read, tags.SOPInstanceUID) !== item.sopInstanceUid)
      return { problem: 'its SOP Instance UID is another' };
    if (pixelHash(read) !== item.pixels) return { problem: 'its picture is another' };
    return { greys: thumbnailOf(read, transferSyntaxUid) };
  } catch (error) {
    if (error instanceof ScansideError) return { problem: error.message };
    throw error;
  }
}

function extraFiles(files: Files, folder: string, { items }: Dataset): string[] {
  const listed = new Set(items.map(({ file }) => file));
  const instances = files
    .list(join(folder, instanceFolder))
    .map((name) => `${instanceFolder}/${name}`);
  const others = files
    .list(folder)
    .filter((name) => name !== instanceFolder && !isDescription(name));
  return [...instances.filter((file) => !listed.has(file)), ...others].map(
    (file) => `${file}: dataset.json does not list it`,
  );
}

/** A repetition within a part leaks nothing, but counts twice. */
function repeated({ items }: Dataset): string[] {
  return repetitions(items).map(({ sentence }) => sentence);
}

function lookAlikes(thumbnails: Thumbnail[], images: number): string[] {
  const left = images - thumbnails.length;
  const pairs = nearPairs(thumbnails, alike).map(
    ({ files, correlation }) => `${files.join(' and ')} look alike: ${correlation.toFixed(3)}`,
  );
  return left > 0 ? [...pairs, `${left} images are coded so that looks were not compared`] : pairs;
}

function unlabelled({ items, split, agreement = {} }: Dataset): string[] {
  const ties = Object.values(agreement).flatMap((each) => each.ties);
  const without = split ? items.filter(({ labels }) => labels[split.label] === undefined) : [];
  return [
    ...without.map(({ file }) => `${file}: has no label ${split?.label}, so it is in no part`),
    ...ties.map((file) => `${file}: its readers have no majority; somebody has to adjudicate`),
  ];
}

function run(args: string[], io: Io, files: Files): number {
  const { data } = readOptions(args, { data: { type: 'string' } });
  const folder = required('data', data);
  const dataset = openDataset(files, folder);
  const { wrong, look } = verifyDataset(files, folder, dataset);
  for (const line of [...datasetLines(dataset), ...agreementLines(dataset)]) io.out(line);
  for (const line of look) io.error(`look at: ${line}`);
  for (const line of wrong) io.error(`wrong: ${line}`);
  io.out(wrong.length > 0 ? `${wrong.length} wrong` : 'nothing is wrong');
  return wrong.length > 0 ? 1 : 0;
}

export const verifyCommand: Command = {
  summary: 'Check the files, hashes and division of a data set',
  usage,
  run: (args, io) => runCommand(args, usage, io, () => run(args, io, disk)),
};
