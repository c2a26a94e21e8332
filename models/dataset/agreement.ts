import type { Agreement } from './dataset.ts';

/** What several readers said of one image, by reader: 0 or 1. */
export type Opinions = Readonly<Record<string, 0 | 1>>;

/** What most readers said; undefined for a tie, which somebody has to adjudicate, and for no reader. */
export function consensusOf(opinions: Opinions): 0 | 1 | undefined {
  const votes = Object.values(opinions);
  const positive = votes.filter((vote) => vote === 1).length;
  if (positive * 2 === votes.length) return undefined;
  return positive * 2 > votes.length ? 1 : 0;
}

/** How far the readers of some images agree, and which images have no majority. `images` are opinions by file. */
export function agreementOf(images: ReadonlyMap<string, Opinions>): Agreement {
  const all = [...images.values()];
  const readers = [...new Set(all.flatMap(Object.keys))].sort();
  const complete = all.filter((opinions) => readers.every((reader) => reader in opinions));
  const pairs = pairsOf(readers).map((pair) => pairAgreement(pair, all));
  const counts = complete.map(countVotes);
  return {
    readers,
    images: complete.length,
    kappa: readers.length === 2 ? (pairs[0]?.kappa ?? null) : fleissKappa(counts),
    pairs,
    ties: [...images].flatMap(([file, opinions]) => (isTied(opinions) ? [file] : [])),
  };
}

function isTied(opinions: Opinions): boolean {
  return Object.keys(opinions).length > 0 && consensusOf(opinions) === undefined;
}

function countVotes(opinions: Opinions): number[] {
  const positive = Object.values(opinions).filter((vote) => vote === 1).length;
  return [Object.keys(opinions).length - positive, positive];
}

function pairsOf(readers: string[]): [string, string][] {
  return readers.flatMap((one, at) =>
    readers.slice(at + 1).map((other): [string, string] => [one, other]),
  );
}

function pairAgreement(
  [one, other]: [string, string],
  all: Opinions[],
): Agreement['pairs'][number] {
  const read = all.flatMap((opinions): [number, number][] => {
    const [a, b] = [opinions[one], opinions[other]];
    return a === undefined || b === undefined ? [] : [[a, b]];
  });
  return { readers: [one, other], images: read.length, kappa: cohenKappa(read) };
}

/**
 * Cohen's kappa of two readers over the categories that they gave to the same subjects: 1 is full agreement, 0 what
 * chance would give. Null where chance alone explains everything, or for no subject.
 */
export function cohenKappa(pairs: readonly (readonly [number, number])[]): number | null {
  const categories = new Set(pairs.flat());
  const share = (test: (pair: readonly [number, number]) => boolean): number =>
    pairs.filter(test).length / pairs.length;
  const observed = share(([one, other]) => one === other);
  const expected = [...categories].reduce(
    (sum, category) =>
      sum + share(([one]) => one === category) * share(([, other]) => other === category),
    0,
  );
  return beyondChance(observed, expected);
}

/**
 * Fleiss' kappa: for every subject how many readers chose each category, with the same number of readers, two or more,
 * for all. Null where chance alone explains everything, or for no subject.
 */
export function fleissKappa(counts: readonly (readonly number[])[]): number | null {
  const readers = sum(counts[0] ?? []);
  const agreeing = counts.map(
    (row) => (sum(row.map((count) => count * count)) - readers) / (readers * (readers - 1)),
  );
  const observed = sum(agreeing) / counts.length;
  const categories = counts[0]?.map((_, category) => sum(counts.map((row) => row[category]!)));
  const shares = (categories ?? []).map((count) => count / (counts.length * readers));
  return beyondChance(observed, sum(shares.map((share) => share * share)));
}

function beyondChance(observed: number, expected: number): number | null {
  const kappa = (observed - expected) / (1 - expected);
  return Number.isFinite(kappa) ? Math.max(-1, kappa) : null;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
