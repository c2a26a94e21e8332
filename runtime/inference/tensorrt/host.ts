import type { Files } from '../../../device/files.ts';
import type { Host } from '../ensemble.ts';
import type { Placement } from '../session/placement.ts';
import type { Runtime } from '../session/session-port.ts';
import { readEngine } from './engine-cache.ts';
import { servingSettings } from './options.ts';

/** TensorRT with the compiled graph of each member. */
export function servingHost(
  runtime: Runtime,
  threads: number,
  engine: (member: number) => Uint8Array,
): Host {
  const { provider, entries } = servingSettings('', threads);
  return { runtime, threads, provider: () => provider, entries: entries ?? {}, engine };
}

/**
 * What the networks of a bundle run on, from its placement. Each compiled graph is read and held against its hash when
 * it is opened, so its opening may throw ENGINE_CACHE_REFUSED.
 */
export function hostOf(placement: Placement, runtime: Runtime, files: Files): Host {
  const { provider, threads, engines = [] } = placement;
  if (provider === 'cpu') return { runtime, threads, provider: () => ({ name: 'cpu' }) };
  return servingHost(runtime, threads, (member) => readEngine(engines[member]!, files));
}
