import type { Manifest } from './manifest.ts';

/** One image's probability of a finding. */
export interface Scored {
  sopInstanceUid: string;
  frame?: number | undefined;
  probability: number;
}

/** One probability for many images, and the images that made it, the strongest first. */
export interface Aggregated {
  probability: number;
  key: Scored[];
}

const mostKeyImages = 10;

/**
 * Turns the probabilities of a series' images, at least one, into that of the series. The order of equal ones does
 * not depend on the order in which they came.
 */
export function aggregate(rule: Manifest['aggregation'], scores: readonly Scored[]): Aggregated {
  const sorted = scores.toSorted(
    (a, b) => b.probability - a.probability || (a.sopInstanceUid < b.sopInstanceUid ? -1 : 1),
  );
  const top = sorted.slice(
    0,
    rule.by === 'top' ? rule.k : rule.by === 'highest' ? 1 : mostKeyImages,
  );
  if (rule.by === 'noisy-or')
    return {
      probability: 1 - sorted.reduce((all, { probability }) => all * (1 - probability), 1),
      key: top,
    };
  const sum = top.reduce((total, { probability }) => total + probability, 0);
  return { probability: sum / top.length, key: top };
}
