/** A DDSketch: how many values lie in each of bins that grow by the same factor. Sketches of one error add up exactly. */
export interface LatencySketch {
  /** By how much a quantile may be wrong, as a share of it. */
  relativeError: number;
  /** Values too small for a bin. */
  zero: number;
  /** Counts by number of the bin: bin i holds what lies above γ^(i-1) and up to γ^i, γ = (1 + e) / (1 - e). */
  counts: Record<string, number>;
}

const relativeError = 0.02;
const smallest = 0.001;

export const emptySketch: LatencySketch = { relativeError, zero: 0, counts: {} };

function growth(error: number): number {
  return (1 + error) / (1 - error);
}

/** Counts a value, in seconds. What is no number is not counted. */
export function addLatency(sketch: LatencySketch, seconds: number): LatencySketch {
  if (!Number.isFinite(seconds)) return sketch;
  if (seconds < smallest) return { ...sketch, zero: sketch.zero + 1 };
  const bin = Math.ceil(Math.log(seconds) / Math.log(growth(sketch.relativeError)));
  const counts = { ...sketch.counts, [bin]: (sketch.counts[bin] ?? 0) + 1 };
  return { ...sketch, counts };
}

/** Adds sketches, in any order. Throws a RangeError where their errors differ. */
export function mergeSketches(one: LatencySketch, other: LatencySketch): LatencySketch {
  if (one.relativeError !== other.relativeError)
    throw new RangeError('The sketches are of different errors.');
  const counts = { ...one.counts };
  for (const [bin, count] of Object.entries(other.counts)) counts[bin] = (counts[bin] ?? 0) + count;
  return { ...one, zero: one.zero + other.zero, counts };
}

/** The quantile `share` (0 to 1) in seconds, or undefined where nothing was counted. */
export function latencyQuantile(sketch: LatencySketch, share: number): number | undefined {
  const bins = Object.entries(sketch.counts)
    .map(([bin, count]) => ({ bin: Number(bin), count }))
    .toSorted((one, other) => one.bin - other.bin);
  const total = sketch.zero + bins.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return undefined;
  let rank = share * (total - 1) - sketch.zero;
  if (rank < 0) return 0;
  const found = bins.find(({ count }) => (rank -= count) < 0) ?? bins.at(-1)!;
  const factor = growth(sketch.relativeError);
  return (2 * factor ** found.bin) / (factor + 1);
}
