import { join } from 'node:path';
import { type Clock, systemClock } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import { disk, type Files } from '../device/files.ts';
import { agreementOf, consensusOf, type Opinions } from '../models/dataset/agreement.ts';
import { type Agreement, type DatasetItem, sealDataset } from '../models/dataset/dataset.ts';
import { repetitions } from '../models/dataset/leakage.ts';
import { type Entry, kermanyEntries, nihEntries, tableEntries } from '../models/dataset/layout.ts';
import { readOpinions } from '../models/dataset/opinions.ts';
import { readTable, refuseProblems } from '../models/dataset/table.ts';
import { describeMoment } from '../runtime/report/moment.ts';
import type { Command, Io } from './command.ts';
import { instanceFolder, readImage, writeDataset, writeFile } from './dataset-folder.ts';
import { type ImportedImage, importImage } from './dataset-image.ts';
import { type ImportRequest, importUsage, readImportRequest } from './dataset-import-request.ts';
import { agreementLines, datasetLines } from './dataset-summary.ts';
import { runCommand, UsageError } from './options.ts';

/** What the layout says of every image. */
function readEntries(files: Files, { layout, from, table, label }: ImportRequest): Entry[] {
  if (layout === 'csv') return tableEntries(readTable(files.readBytes(table!)), label);
  if (layout === 'nih') return nihEntries(readTable(files.readBytes(join(from, 'labels.csv'))));
  const names = ['NORMAL', 'PNEUMONIA'].flatMap((folder) =>
    files.list(join(from, folder)).map((name) => `${folder}/${name}`),
  );
  return kermanyEntries(names);
}

interface Consensus {
  entries: Entry[];
  opinions: Map<string, Opinions>;
  agreement: Agreement | undefined;
}

/** Puts the majority of the readers in place of the label. */
function agree(files: Files, { labels, label }: ImportRequest, entries: Entry[]): Consensus {
  if (!labels) return { entries, opinions: new Map(), agreement: undefined };
  const opinions = readOpinions(readTable(files.readBytes(labels)));
  const known = new Set(entries.map(({ file }) => file));
  const unknown = [...opinions.keys()].filter((file) => !known.has(file));
  refuseProblems(unknown.map((file) => `${file} has readers but is not in the data set`));
  const agreed = entries.map((entry) => {
    const { [label]: _single, ...others } = entry.labels;
    const majority = consensusOf(opinions.get(entry.file) ?? {});
    return { ...entry, labels: majority === undefined ? others : { ...others, [label]: majority } };
  });
  return { entries: agreed, opinions, agreement: agreementOf(opinions) };
}

function refuseRepeated(entries: Entry[]): void {
  const repeated = [...Map.groupBy(entries, ({ file }) => file)].filter(
    ([, each]) => each.length > 1,
  );
  refuseProblems(repeated.map(([file, each]) => `${file} is named ${each.length} times`));
  if (entries.length === 0) throw new ScansideError('DATASET_INVALID', 'there is no image');
}

/** The item of every image, if all can be taken and none is there twice. */
function readItems(
  files: Files,
  request: ImportRequest,
  { entries, opinions }: Consensus,
): DatasetItem[] {
  const problems: string[] = [];
  const items = entries.flatMap((entry) => {
    try {
      const { item } = importEntry(files, request, entry);
      const said = opinions.get(entry.file);
      return [said ? { ...item, opinions: { [request.label]: said } } : item];
    } catch (error) {
      if (!(error instanceof ScansideError)) throw error;
      problems.push(`${entry.file}: ${error.message}`);
      return [];
    }
  });
  refuseProblems(problems);
  return items;
}

/** Leaves out what one patient has twice, if the request allows it, and refuses everything else that is there twice. */
function leaveOutRepeated(
  io: Io,
  { duplicates }: ImportRequest,
  items: DatasetItem[],
): DatasetItem[] {
  const found = repetitions(items);
  const refused = found.filter(({ harmless }) => !harmless || duplicates === 'refuse');
  refuseProblems(refused.map(({ sentence }) => sentence));
  const extra = new Set(found.flatMap((each) => each.extra));
  for (const { source } of extra)
    io.out(`left out, its patient has the same picture: ${source.file}`);
  return items.filter((item) => !extra.has(item));
}

function importEntry(files: Files, { name, from }: ImportRequest, entry: Entry): ImportedImage {
  return importImage(name, entry, readImage(files, join(from, entry.file)));
}

/** Makes every image again and writes it: nothing is written before all have been looked at. */
function writeInstances(
  files: Files,
  request: ImportRequest,
  entries: Entry[],
  items: DatasetItem[],
) {
  files.makeFolder(join(request.out, instanceFolder));
  const wanted = new Map(items.map((item) => [item.source.file, item]));
  for (const entry of entries.filter(({ file }) => wanted.has(file))) {
    const { bytes, item } = importEntry(files, request, entry);
    if (item.sha256 !== wanted.get(entry.file)?.sha256)
      throw new ScansideError('DATASET_INVALID', `${entry.file} has changed meanwhile`);
    writeFile(files, join(request.out, item.file), bytes);
  }
}

/** Makes a data set; returns the exit code. Nothing is written where anything is wrong. */
export function importDataset(args: string[], io: Io, files: Files, clock: Clock): number {
  const request = readImportRequest(args);
  if (files.list(request.out).length > 0)
    throw new UsageError(`--out ${request.out} is not empty; a data set goes into a new folder`);
  const entries = readEntries(files, request);
  refuseRepeated(entries);
  const consensus = agree(files, request, entries);
  const items = leaveOutRepeated(io, request, readItems(files, request, consensus));
  writeInstances(files, request, consensus.entries, items);
  const { agreement } = consensus;
  const dataset = sealDataset({
    schema: 1,
    name: request.name,
    version: request.version,
    created: today(clock),
    sources: [request.source],
    items,
    ...(agreement && { agreement: { [request.label]: agreement } }),
  });
  writeDataset(files, request.out, dataset);
  for (const line of [...datasetLines(dataset), ...agreementLines(dataset)]) io.out(line);
  return 0;
}

function today(clock: Clock): string {
  const { date } = describeMoment(clock.now(), 0);
  return `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`;
}

export const importCommand: Command = {
  summary: 'Make a data set of images and a table',
  usage: importUsage,
  run: (args, io) =>
    runCommand(args, importUsage, io, () => importDataset(args, io, disk, systemClock)),
};
