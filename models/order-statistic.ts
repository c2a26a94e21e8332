const halfBits = 16;
const bucketCount = 2 ** halfBits;

/** A float32's bits as a number that grows with its value: negative values have all their bits turned over. */
function orderedBits(bits: number): number {
  return (bits >>> 31 ? ~bits : bits | 0x8000_0000) >>> 0;
}

function bitsOf(ordered: number): number {
  return (ordered >>> 31 ? ordered & 0x7fff_ffff : ~ordered) >>> 0;
}

/** In which of the counted buckets the `rank`th lies, counted from 0, and how many lie in those before. */
function findBucket(counts: Uint32Array, rank: number): { bucket: number; before: number } {
  let before = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) {
    if (rank < before + counts[bucket]!) return { bucket, before };
    before += counts[bucket]!;
  }
  return { bucket: counts.length - 1, before };
}

/** Counts the lower halves of the bits whose upper half is `high`. */
function countLower(bits: Uint32Array, high: number): Uint32Array {
  const counts = new Uint32Array(bucketCount);
  for (let at = 0; at < bits.length; at++) {
    const ordered = orderedBits(bits[at]!);
    if (ordered >>> halfBits === high) counts[ordered & 0xffff]!++;
  }
  return counts;
}

/**
 * The values that would stand at these places, from 0, if all were sorted; undefined past the end. Takes time in
 * proportion to their number: a radiograph has millions, and sorting them takes most of a second.
 */
export function valuesAtRanks(
  values: Float32Array,
  ranks: readonly number[],
): (number | undefined)[] {
  const own = new Float32Array(values);
  const bits = new Uint32Array(own.buffer);
  const upper = new Uint32Array(bucketCount);
  for (let at = 0; at < bits.length; at++) upper[orderedBits(bits[at]!) >>> halfBits]!++;
  return ranks.map((rank) => {
    if (!(rank >= 0 && rank < values.length)) return undefined;
    const high = findBucket(upper, rank);
    const low = findBucket(countLower(bits, high.bucket), rank - high.before);
    const ordered = ((high.bucket << halfBits) | low.bucket) >>> 0;
    return new Float32Array(Uint32Array.of(bitsOf(ordered)).buffer)[0];
  });
}
