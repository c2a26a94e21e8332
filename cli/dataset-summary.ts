import { type Dataset, type DatasetItem, parts } from '../models/dataset/dataset.ts';

/** What a data set holds, line by line: images, patients, classes, and the same by part and fold. */
export function datasetLines({ name, version, hash, items }: Dataset): string[] {
  const folds = [...new Set(items.flatMap(({ fold }) => fold ?? []))].sort((a, b) => a - b);
  const groups: [string, DatasetItem[]][] = [
    ['all', items],
    ...parts.map((part): [string, DatasetItem[]] => [
      part,
      items.filter((item) => item.part === part),
    ]),
    ...folds.map((fold): [string, DatasetItem[]] => [
      `fold ${fold}`,
      items.filter((item) => item.fold === fold),
    ]),
  ];
  const filled = groups.filter(([, members]) => members.length > 0);
  const names = labelNames(items);
  const lines = filled.flatMap(([title, members]) => groupLines(title, members, names));
  return [`${name} ${version}`, ...lines, `hash ${hash}`];
}

function groupLines(title: string, members: DatasetItem[], names: string[]): string[] {
  const patients = new Set(members.map(({ patient }) => patient)).size;
  const classes = names.map((name) => {
    const given = members.map(({ labels }) => labels[name]);
    const count = (value: unknown): number => given.filter((each) => each === value).length;
    return `  ${name}: ${count(1)} with, ${count(0)} without, ${count(undefined)} missing`;
  });
  return [`${title}: ${members.length} images of ${patients} patients`, ...classes];
}

/** Every label that any item has. */
export function labelNames(items: readonly DatasetItem[]): string[] {
  return [...new Set(items.flatMap(({ labels }) => Object.keys(labels)))].sort();
}

/** How far the readers agree, and every image that somebody has to adjudicate. */
export function agreementLines({ agreement = {} }: Dataset): string[] {
  return Object.entries(agreement).flatMap(([label, { readers, images, kappa, pairs, ties }]) => [
    `${label}: ${readers.join(', ')} on ${images} images that all have read, ` +
      `${readers.length === 2 ? 'Cohen' : 'Fleiss'} kappa ${inWords(kappa)}`,
    ...pairs.map(
      (pair) =>
        `  ${pair.readers.join(' and ')}: ${pair.images} images, kappa ${inWords(pair.kappa)}`,
    ),
    ...ties.map((file) => `  no majority, to be adjudicated: ${file}`),
  ]);
}

function inWords(kappa: number | null): string {
  return kappa === null ? 'undefined (everybody always said the same)' : kappa.toFixed(3);
}
