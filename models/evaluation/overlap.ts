/** Pixels of a predicted mask, of the true one, and of both. */
export interface Overlap {
  predicted: number;
  truth: number;
  both: number;
}

/** Counts the pixels that are not 0. Both masks have the same size. */
export function countOverlap(predicted: ArrayLike<number>, truth: ArrayLike<number>): Overlap {
  const overlap = { predicted: 0, truth: 0, both: 0 };
  for (let at = 0; at < predicted.length; at++) {
    const [one, other] = [predicted[at] !== 0, truth[at] !== 0];
    overlap.predicted += Number(one);
    overlap.truth += Number(other);
    overlap.both += Number(one && other);
  }
  return overlap;
}

/** Twice the common area by the sum of both areas, 0 to 1; 1 where both masks are empty. */
export function dice({ predicted, truth, both }: Overlap): number {
  return predicted + truth === 0 ? 1 : (2 * both) / (predicted + truth);
}

/** The common area by the united one, 0 to 1; 1 where both masks are empty. */
export function intersectionOverUnion({ predicted, truth, both }: Overlap): number {
  return predicted + truth === 0 ? 1 : both / (predicted + truth - both);
}
