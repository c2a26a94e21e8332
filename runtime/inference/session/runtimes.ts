import { systemClock } from '../../../device/clock.ts';
import { ScansideError } from '../../../device/errors.ts';
import type { ProofStore } from './ort-capi/preflight.ts';
import type { Placement } from './placement.ts';
import type { Runtime, RuntimeName } from './session-port.ts';

type Open = (placement: Placement, store: ProofStore | undefined) => Promise<Runtime>;

async function openProved(
  { library, provider }: Placement,
  store: ProofStore | undefined,
): Promise<Runtime> {
  const { openOrtRuntime, packagedLibrary } = await import('./ort-capi/ort-runtime.ts');
  const { preflight } = await import('./ort-capi/preflight.ts');
  const path = library ?? packagedLibrary();
  await preflight({ library: path, provider }, { store });
  return openOrtRuntime(path);
}

/** On the server, and here while that fails. */
async function openServed({ server }: Placement): Promise<Runtime> {
  if (!server) throw new ScansideError('ENGINE_LIBRARY_REFUSED', 'no inference server is named');
  const { createKserveRuntime } = await import('../kserve/kserve-runtime.ts');
  const { createFallbackRuntime } = await import('../kserve/fallback-runtime.ts');
  const { openNodeRuntime } = await import('./node-session.ts');
  const clock = systemClock;
  const remote = createKserveRuntime(server, { clock });
  return createFallbackRuntime({ remote, local: openNodeRuntime(), clock, settings: server });
}

/** Each is imported when it is opened, so that a process loads what it uses and nothing else. */
const runtimes: Partial<Record<RuntimeName, Open>> = {
  'onnxruntime-node': async () => (await import('./node-session.ts')).openNodeRuntime(),
  'ort-capi': openProved,
  kserve: openServed,
};

/**
 * Opens what a placement names. A library is proved in a process of its own first, and `store` remembers that. Throws
 * ENGINE_LIBRARY_REFUSED; there is no falling back to another runtime.
 */
export async function openRuntime(placement: Placement, store?: ProofStore): Promise<Runtime> {
  const open = runtimes[placement.runtime];
  if (!open)
    throw new ScansideError('ENGINE_LIBRARY_REFUSED', `there is no runtime ${placement.runtime}`);
  return open(placement, store);
}
