import type { Bundle } from '../../models/bundle.ts';
import type { EngineChild, Exchange } from './engine-child.ts';
import type { ServedBundle } from './engine-lanes.ts';
import type { Placement } from './session/placement.ts';

/** Milliseconds to load a bundle and pass its self-test. */
const loadLimitMs = 60_000;

/** Undefined where the child has the bundle now; else how the attempt ended. */
export type LoadFailure = { end: 'refused'; detail: string } | Exclude<Exchange, { end: 'reply' }>;

/** Has a child load a bundle, once: what it has refused it is not asked again. */
export async function loadInto(
  child: EngineChild,
  { folder, hash, manifest }: Bundle,
  placement: Placement,
): Promise<LoadFailure | undefined> {
  if (child.loaded.has(hash)) return undefined;
  const known = child.refused.get(hash);
  if (known !== undefined) return { end: 'refused', detail: known };
  const exchange = await child.exchange({ ask: 'load', folder, hash, placement }, loadLimitMs);
  if (exchange.end !== 'reply') return exchange;
  const { reply } = exchange;
  if (reply.reply === 'loaded') {
    child.loaded.set(hash, manifest.limits.peakMegabytes);
    return undefined;
  }
  const detail = reply.reply === 'refused' ? reply.detail : 'the engine gave no answer to it';
  child.refused.set(hash, detail);
  return { end: 'refused', detail };
}

/** Has a fresh child load everything that is to be served; returns why that cannot be, or undefined. */
export async function loadAll(
  child: EngineChild,
  served: readonly ServedBundle[],
): Promise<string | undefined> {
  for (const { bundle, placement } of served) {
    const failure = await loadInto(child, bundle, placement);
    if (failure) return failure.end === 'refused' ? failure.detail : explain[failure.end];
  }
  return undefined;
}

const explain = {
  died: 'the engine process ended while it loaded the bundle',
  timeout: 'the engine process did not load the bundle in time',
};

/** Why a child that holds so many bytes must go, or undefined where it may hold them. */
export function findExcess(resident: number, limit: number): string | undefined {
  if (resident <= limit) return undefined;
  const [held, allowed] = [resident, limit].map((bytes) => Math.round(bytes / 2 ** 20));
  return `it holds ${held} MiB of memory and may hold ${allowed} MiB`;
}
