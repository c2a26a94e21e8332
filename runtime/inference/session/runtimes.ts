import { ScansideError } from '../../../device/errors.ts';
import type { Placement } from './placement.ts';
import type { Runtime, RuntimeName } from './session-port.ts';

/** Each is imported when it is opened, so that a process loads what it uses and nothing else. */
const runtimes: Partial<Record<RuntimeName, (placement: Placement) => Promise<Runtime>>> = {
  'onnxruntime-node': async () => (await import('./node-session.ts')).openNodeRuntime(),
  'ort-capi': async ({ library }) => {
    const { openOrtRuntime, packagedLibrary } = await import('./ort-capi/ort-runtime.ts');
    return openOrtRuntime(library ?? packagedLibrary());
  },
};

/** Opens what a placement names. Throws ENGINE_LIBRARY_REFUSED; there is no falling back to another runtime. */
export async function openRuntime(placement: Placement): Promise<Runtime> {
  const open = runtimes[placement.runtime];
  if (!open)
    throw new ScansideError('ENGINE_LIBRARY_REFUSED', `there is no runtime ${placement.runtime}`);
  return open(placement);
}
