/** A picture in little: `side` × `side` greys, row by row, with mean 0 and length 1. */
export interface Thumbnail {
  file: string;
  /** Only pictures of different groups are compared, such as the parts of a split. */
  group: string;
  greys: Float32Array;
}

/** Rows and columns of a thumbnail. */
export const side = 28;
/** A thumbnail is first compared by the means of its blocks of so many rows and columns. */
const block = 7;

/** Two pictures that look alike although they lie in different groups. */
export interface NearPair {
  files: [string, string];
  /** Pearson’s, of the thumbnails. */
  correlation: number;
}

/** Greys with mean 0 and length 1; undefined for a picture of one grey, which looks like nothing and everything. */
export function normalized(greys: ArrayLike<number>): Float32Array | undefined {
  const values = Float64Array.from(greys);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const centred = values.map((value) => value - mean);
  const length = Math.sqrt(centred.reduce((sum, value) => sum + value * value, 0));
  return length > 0 ? Float32Array.from(centred, (value) => value / length) : undefined;
}

/** All pairs across groups that correlate by `least` or more: the same picture scaled, coded or windowed anew. */
export function nearPairs(thumbnails: readonly Thumbnail[], least: number): NearPair[] {
  const known = thumbnails.map((thumbnail) => ({
    ...thumbnail,
    means: blockMeans(thumbnail.greys),
  }));
  const farthest = 2 - 2 * least;
  const pairs: NearPair[] = [];
  known.forEach((one, at) => {
    for (let index = at + 1; index < known.length; index++) {
      const other = known[index]!;
      if (one.group === other.group || distance(one.means, other.means) > farthest) continue;
      const correlation = 1 - distance(one.greys, other.greys) / 2;
      if (correlation >= least) pairs.push({ files: [one.file, other.file], correlation });
    }
  });
  return pairs;
}

/** Weighted so that their distance is at most that of the thumbnails. */
function blockMeans(greys: Float32Array): Float32Array {
  const across = side / block;
  const means = new Float32Array(across * across);
  greys.forEach((grey, at) => {
    const row = Math.floor(at / side / block);
    means[row * across + Math.floor((at % side) / block)]! += grey / block;
  });
  return means;
}

/** The square of the Euclidean distance. */
function distance(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < one.length; at++) sum += (one[at]! - other[at]!) ** 2;
  return sum;
}
