/** `plane` is equal for parallel slices; `at` is the distance along their normal in millimetres. */
export interface SlicePosition {
  plane: string;
  at: number;
}

/** Fewer slices than this have no spacing to speak of. */
const fewest = 4;
/** Closer slices lie at the same place: a repeated acquisition, or another reconstruction. */
const sameMm = 0.01;
/** A distance above this many times the usual one is a hole. */
const tolerance = 1.5;

/**
 * Whether a slice is missing among those of one series. The usual distance is the median, so that neither one hole
 * nor a change of spacing within the series hides another hole.
 */
export function hasGap(slices: readonly SlicePosition[]): boolean {
  const planes = Map.groupBy(slices, ({ plane }) => plane);
  return [...planes.values()].some((parallel) => hasHole(parallel.map(({ at }) => at)));
}

function hasHole(positions: number[]): boolean {
  const distances = positions
    .toSorted((a, b) => a - b)
    .map((at, index, all) => at - (all[index - 1] ?? at))
    .filter((distance) => distance > sameMm);
  if (distances.length < fewest - 1) return false;
  const usual = distances.toSorted((a, b) => a - b)[Math.floor((distances.length - 1) / 2)] ?? 0;
  return distances.some((distance) => distance > tolerance * usual);
}
