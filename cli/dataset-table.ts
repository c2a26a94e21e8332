import { disk, type Files } from '../device/files.ts';
import type { Dataset, DatasetItem } from '../models/dataset/dataset.ts';
import type { Command, Io } from './command.ts';
import { openDataset } from './dataset-folder.ts';
import { labelNames } from './dataset-summary.ts';
import { readOptions, required, runCommand, UsageError } from './options.ts';

const usage = `Writes what a data set says of its images as a table of comma-separated values.

Usage: scanside dataset table --data FOLDER [options]

  --data FOLDER   the data set
  --out FILE      where the table goes (default: standard output)
  --label NAME    leaves out images without this label
  --part PART     only this part: train, validation or test

The columns are file, patient, site, part, fold, age, sex, view and one for each label. scanside model evaluate takes it:
--images FOLDER --labels FILE --label-column NAME --split PART, and as --train the patients of the training part.
`;

const facts = ['file', 'patient', 'site', 'part', 'fold', 'age', 'sex', 'view'] as const;

/** The table of the items that have `label` and are in `part`, where those are given. No value needs a quote. */
export function tableOf({ items }: Dataset, label?: string, part?: string): string {
  const names = labelNames(items);
  const wanted = items.filter(
    (item) =>
      (label === undefined || item.labels[label] !== undefined) &&
      (part === undefined || item.part === part),
  );
  const rowOf = (item: DatasetItem): string =>
    [...facts.map((fact) => item[fact]), ...names.map((name) => item.labels[name])]
      .map((value) => value ?? '')
      .join(',');
  return [[...facts, ...names].join(','), ...wanted.map(rowOf)].join('\n');
}

function run(args: string[], io: Io, files: Files): number {
  const text = { type: 'string' } as const;
  const given = readOptions(args, { data: text, out: text, label: text, part: text });
  const dataset = openDataset(files, required('data', given.data));
  const names = labelNames(dataset.items);
  if (given.label !== undefined && !names.includes(given.label))
    throw new UsageError(`--label must be one of ${names.join(', ')}`);
  const table = tableOf(dataset, given.label, given.part);
  if (given.out) files.replace(given.out, `${table}\n`);
  else io.out(table);
  return 0;
}

export const tableCommand: Command = {
  summary: 'Write what a data set says of its images as a CSV table',
  usage,
  run: (args, io) => runCommand(args, usage, io, () => run(args, io, disk)),
};
