import { canonicalJson } from '../canonical-json.ts';
import type { DatasetItem } from './dataset.ts';

/** What must not be in two parts, in words, and how it is told apart. */
const kinds: [string, (item: DatasetItem) => string | undefined][] = [
  ['patient', ({ patient }) => patient],
  ['SOP instance', ({ sopInstanceUid }) => sopInstanceUid],
  ['picture', ({ pixels }) => pixels],
  ['original file', ({ source }) => source.sha256],
];

const site: (typeof kinds)[number] = ['site', (item) => item.site];

/**
 * One sentence for everything that is in two parts, or in two folds, of a data set. `bySite`: the split keeps sites
 * together as well.
 */
export function leaks(items: readonly DatasetItem[], bySite: boolean): string[] {
  return (bySite ? [...kinds, site] : kinds).flatMap(([kind, key]) => {
    const groups = Map.groupBy(items, key);
    return [...groups].flatMap(([value, members]) =>
      value === undefined ? [] : leaksOf(`${kind} ${value}`, members),
    );
  });
}

function leaksOf(what: string, members: DatasetItem[]): string[] {
  const inParts = placesOf(members, ({ part }) => part);
  const inFolds = placesOf(members, ({ fold }) => fold?.toString());
  const found = [
    inParts && `${what} is in ${inParts}`,
    inFolds && `${what} is in folds ${inFolds}`,
  ];
  return found.filter((sentence) => sentence !== undefined);
}

/** Where the members lie, with a file of each, if that is more than one place. */
function placesOf(
  members: DatasetItem[],
  place: (item: DatasetItem) => string | undefined,
): string | undefined {
  const places = new Map<string, string>();
  for (const member of members) {
    const found = place(member);
    if (found !== undefined && !places.has(found)) places.set(found, member.file);
  }
  if (places.size < 2) return undefined;
  return [...places].map(([name, file]) => `${name} (${file})`).join(' and ');
}

/**
 * One sentence for every picture or SOP instance that is there more than once. `harmless`: of one patient and with the
 * same labels, so that all but the first may be left out.
 */
export function repetitions(
  items: readonly DatasetItem[],
): { harmless: boolean; sentence: string; extra: DatasetItem[] }[] {
  return kinds.slice(1).flatMap(([kind, key]) =>
    [...Map.groupBy(items, key).values()]
      .filter((members) => members.length > 1)
      .map((members) => ({
        harmless: isHarmless(members),
        sentence: `${members.map(({ source }) => source.file).join(' and ')} are the same ${kind}`,
        extra: members.slice(1),
      })),
  );
}

function isHarmless([first, ...others]: DatasetItem[]): boolean {
  const saying = ({ patient, labels }: DatasetItem): string => canonicalJson({ patient, labels });
  return others.every((other) => saying(other) === saying(first!));
}
