import { disk, type Files } from '../device/files.ts';
import {
  type Dataset,
  type DatasetItem,
  parts as partNames,
  sealDataset,
  type Split,
} from '../models/dataset/dataset.ts';
import { leaks } from '../models/dataset/leakage.ts';
import {
  foldPatients,
  foldSites,
  type Percentages,
  type SplitItem,
  splitPatients,
  splitSites,
} from '../models/dataset/split.ts';
import { refuseProblems } from '../models/dataset/table.ts';
import type { Command, Io } from './command.ts';
import { openDataset, writeDataset } from './dataset-folder.ts';
import { datasetLines, labelNames } from './dataset-summary.ts';
import { choice, readOptions, required, runCommand, UsageError, wholeNumber } from './options.ts';

const usage = `Divides a data set into parts or folds, whole patients or whole sites at a time.

Usage: scanside dataset split --data FOLDER --seed SEED [--parts T/V/T | --folds K] [options]

  --data FOLDER   the data set; it gets a new version, and the former dataset.json is kept beside it
  --seed SEED     any text; the same seed divides the same patients alike, on any machine
  --parts A/B/C   percentages for training, validation and test (default 70/20/10)
  --folds K       K folds for cross-validation in place of parts
  --label NAME    the label whose classes are spread evenly (default: the only one, or pneumonia)
  --by WHAT       patient (default) or site: what is never divided
  --version V     the new version (default: the next minor one)

In each class (and site, where sites are known) patients are ordered by the SHA-256 of "SEED:patient" and cut at the
percentages. An image without that label is in no part. A class of few patients at a site may leave a small
part without any.
`;

interface Request {
  data: string;
  seed: string;
  by: 'patient' | 'site';
  label: string | undefined;
  version: string | undefined;
  folds: number | undefined;
  parts: Percentages;
}

const text = { type: 'string' } as const;
const options = {
  data: text,
  seed: text,
  parts: text,
  folds: text,
  label: text,
  by: text,
  version: text,
};

function readRequest(args: string[]): Request {
  const given = readOptions(args, options);
  if (given.folds && given.parts) throw new UsageError('--parts and --folds exclude each other');
  return {
    data: required('data', given.data),
    seed: required('seed', given.seed),
    by: choice('by', given.by ?? 'patient', ['patient', 'site']),
    label: given.label,
    version: given.version,
    folds: given.folds ? wholeNumber('folds', given.folds, 2, 100) : undefined,
    parts: readParts(given.parts ?? '70/20/10'),
  };
}

function readParts(given: string): Percentages {
  const numbers = given.split('/').map((each) => wholeNumber('parts', each, 0, 100));
  const [train = 0, validation = 0, test = 0] = numbers;
  if (numbers.length === 3 && train + validation + test === 100) return { train, validation, test };
  throw new UsageError('--parts must be three percentages that add up to 100, such as 70/20/10');
}

/** The data set with a part or a fold for every item that has the label, sealed as its next version. */
export function splitDataset(dataset: Dataset, request: Omit<Request, 'data'>): Dataset {
  const { folds, parts, seed, by } = request;
  const label = labelFor(dataset, request.label);
  const subjects = dataset.items.map(({ patient, site, labels }): SplitItem => ({
    patient,
    site,
    label: labels[label],
  }));
  const partBy = by === 'site' ? splitSites : splitPatients;
  const foldBy = by === 'site' ? foldSites : foldPatients;
  const places = folds
    ? new Map([...foldBy(subjects, seed, folds)].map(([patient, fold]) => [patient, { fold }]))
    : new Map([...partBy(subjects, seed, parts)].map(([patient, part]) => [patient, { part }]));
  const items = dataset.items.map(({ part: _part, fold: _fold, ...item }): DatasetItem => {
    const isLabelled = item.labels[label] !== undefined;
    return { ...item, ...(isLabelled && places.get(item.patient)) };
  });
  refuseProblems(leaks(items, by === 'site'));
  const split: Split = { by, label, seed, ...(folds ? { folds } : { parts }) };
  const madeFrom = { version: dataset.version, hash: dataset.hash };
  const version = request.version ?? nextMinor(dataset.version);
  const { hash: _hash, ...content } = dataset;
  return sealDataset({ ...content, version, madeFrom, items, split });
}

function labelFor({ items }: Dataset, wanted: string | undefined): string {
  const names = labelNames(items);
  const label = wanted ?? (names.length === 1 ? names[0] : 'pneumonia');
  if (label && names.includes(label)) return label;
  throw new UsageError(`--label must be one of ${names.join(', ')}`);
}

function nextMinor(version: string): string {
  const [major, minor] = version.split('.').map(Number);
  return `${major}.${minor! + 1}.0`;
}

function run(args: string[], io: Io, files: Files): number {
  const request = readRequest(args);
  const dataset = splitDataset(openDataset(files, request.data), request);
  writeDataset(files, request.data, dataset);
  for (const line of datasetLines(dataset)) io.out(line);
  for (const warning of warningsOf(dataset)) io.error(`look at: ${warning}`);
  return 0;
}

function warningsOf({ items, split }: Dataset): string[] {
  const left = items.filter(({ part, fold }) => part === undefined && fold === undefined).length;
  const wanted = partNames.filter((name) => (split?.parts?.[name] ?? 0) > 0);
  const empty = wanted.filter((name) => items.every(({ part }) => part !== name));
  return [
    ...empty.map((name) => `${name} is empty: no class, at no site, has enough patients to share`),
    ...(left > 0 ? [`${left} images without the label ${split?.label} are left out`] : []),
  ];
}

export const splitCommand: Command = {
  summary: 'Divide a data set by patient or site into parts or folds',
  usage,
  run: (args, io) => runCommand(args, usage, io, () => run(args, io, disk)),
};
