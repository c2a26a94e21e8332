/** What of an input is compared with the reference: how it looks at a glance, how bright it is, what the network saw. */
export const featureNames = ['thumbnail', 'histogram', 'embedding'] as const;

export type FeatureName = (typeof featureNames)[number];

export type Features = Record<FeatureName, Float64Array>;

/** A network's input as it runs: `rows` × `columns` of the first channel, and the embedding where there is one. */
export interface NetworkInput {
  rows: number;
  columns: number;
  values: Float32Array;
  embedding: Float32Array | undefined;
}

/** Smallest and largest input value that the histogram tells apart. */
export interface ValueRange {
  low: number;
  high: number;
}

export const thumbnailSide = 12;
export const histogramBins = 16;

/** Mean of each of 12 × 12 fields. */
function thumbnail({ rows, columns, values }: NetworkInput): Float64Array {
  const sums = new Float64Array(thumbnailSide ** 2);
  const counts = new Float64Array(thumbnailSide ** 2);
  for (let row = 0; row < rows; row++) {
    const line = Math.floor((row * thumbnailSide) / rows) * thumbnailSide;
    for (let column = 0; column < columns; column++) {
      const at = line + Math.floor((column * thumbnailSide) / columns);
      sums[at]! += values[row * columns + column]!;
      counts[at]! += 1;
    }
  }
  return sums.map((sum, at) => sum / (counts[at] || 1));
}

/** Share of the values in each of 16 equal bins; what lies outside the range counts with the outermost. */
function histogram(
  { rows, columns, values }: NetworkInput,
  { low, high }: ValueRange,
): Float64Array {
  const shares = new Float64Array(histogramBins);
  const size = rows * columns;
  const scale = histogramBins / (high - low || 1);
  for (let at = 0; at < size; at++) {
    const bin = Math.floor((values[at]! - low) * scale);
    shares[Math.min(histogramBins - 1, Math.max(0, bin))]! += 1 / size;
  }
  return shares;
}

export function extractFeatures(input: NetworkInput, range: ValueRange): Features {
  return {
    thumbnail: thumbnail(input),
    histogram: histogram(input, range),
    embedding: Float64Array.from(input.embedding ?? []),
  };
}
