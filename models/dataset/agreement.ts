import { cohenKappa, fleissKappa } from '../evaluation/kappa.ts';
import type { Agreement } from './dataset.ts';

const answers = [0, 1] as const;

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
    kappa: readers.length === 2 ? (pairs[0]?.kappa ?? null) : orNull(fleissKappa(counts)),
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
  const both = all.filter((opinions) => one in opinions && other in opinions);
  const table = answers.map((first) =>
    answers.map((second) => {
      return both.filter((said) => said[one] === first && said[other] === second).length;
    }),
  );
  return { readers: [one, other], images: both.length, kappa: orNull(cohenKappa(table).value) };
}

/** A kappa as JSON can hold it: null where chance alone explains everything, or for no image. */
function orNull(kappa: number): number | null {
  return Number.isFinite(kappa) ? Math.max(-1, kappa) : null;
}
