/** The most memory that runs of each size have been seen to take, in bytes. Too much is guessed rather than too little. */
export type MemoryNeed = ReadonlyMap<number, number>;

/** What is known after a run of `size` units that took `bytes` at its peak. */
export function observePeak(need: MemoryNeed, size: number, bytes: number): MemoryNeed {
  return new Map(need).set(size, Math.max(bytes, need.get(size) ?? 0));
}

/**
 * Bytes that a run of `size` units may need: what was seen, or in proportion to the next smaller size that was, as if
 * nothing of it were fixed; the next larger one's where there is none smaller. Undefined before anything was seen.
 */
export function needOf(need: MemoryNeed, size: number): number | undefined {
  const sizes = [...need.keys()].sort((a, b) => a - b);
  const smaller = sizes.findLast((seen) => seen <= size);
  if (smaller !== undefined) return ((need.get(smaller) ?? 0) * size) / smaller;
  const [larger] = sizes;
  return larger === undefined ? undefined : need.get(larger);
}
