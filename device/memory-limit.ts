const mebibyte = 2 ** 20;

/** What the rest of the machine is always left with: the receiver, the pipeline, the host. */
const leastReserve = 256 * mebibyte;
const reserveShare = 0.03;

/** What an engine takes before it has opened any network: Node, the libraries, decoders. */
const restingEngine = 400 * mebibyte;

/** Arenas keep what the largest run needed, and a batch of one bundle may overlap the closing of another's. */
const margin = 1.5;

/** Bytes that are never given to networks. */
export function memoryReserve(totalBytes: number | undefined): number {
  return Math.max(leastReserve, (totalBytes ?? 0) * reserveShare);
}

export interface MemoryNeed {
  /** Of the machine; undefined where unknown. */
  availableBytes: number | undefined;
  totalBytes: number | undefined;
  /** What the engine holds now, which is its own to keep. */
  engineBytes: number;
  /** limits.peakMegabytes of every bundle that it runs. */
  peakMegabytes: readonly number[];
}

/**
 * How many bytes the engine process may hold until it is ended and started afresh: what its bundles say that they
 * need, with a margin; less where the machine would be left without its reserve, but never less than what they say.
 */
export function memoryLimit(need: MemoryNeed): number {
  const said = need.peakMegabytes.reduce((sum, megabytes) => sum + megabytes * mebibyte, 0);
  const least = restingEngine + said;
  const most = restingEngine + said * margin;
  if (need.availableBytes === undefined) return most;
  const left = need.engineBytes + need.availableBytes - memoryReserve(need.totalBytes);
  return Math.min(most, Math.max(least, left));
}
