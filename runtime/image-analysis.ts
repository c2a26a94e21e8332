import { ScansideError } from '../device/errors.ts';
import type { Bundle } from '../models/bundle.ts';
import type { InstanceResult } from '../models/outcome.ts';
import type { Engine } from './inference/engine.ts';
import type { Instance } from './spool/instance.ts';

/** Has the engine analyse a stored instance. Its key, if it has one, goes with the job; one that is gone is a reason. */
export async function analyseImage(
  engine: Engine,
  { studyUid, sopInstanceUid, path, offset, length, transferSyntaxUid }: Instance,
  bundle: Bundle,
  findKey: (path: string) => Uint8Array | undefined,
): Promise<InstanceResult> {
  try {
    const id = `${bundle.manifest.identity.name}\\${studyUid}\\${sopInstanceUid}`;
    const key = findKey(path);
    return await engine.analyse({ id, path, offset, length, key, transferSyntaxUid, bundle });
  } catch (error) {
    if (!(error instanceof ScansideError) || error.code === 'ENGINE_FAILED') throw error;
    return { state: 'not-analysed', reason: 'unreadable', detail: error.message };
  }
}
