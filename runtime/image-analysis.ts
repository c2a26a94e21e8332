import { ScansideError } from '../device/errors.ts';
import type { Bundle } from '../models/bundle.ts';
import type { InstanceResult } from '../models/outcome.ts';
import type { Engine } from './inference/engine.ts';
import type { Instance } from './spool/instance.ts';
import type { Unit } from './study/unit.ts';

/** Has the engine analyse stored instances. Their keys, if they have any, go with the job; one that is gone is a reason. */
export async function analyseUnit(
  engine: Engine,
  { centre: { studyUid, sopInstanceUid }, instances }: Unit<Instance>,
  bundle: Bundle,
  findKey: (path: string) => Uint8Array | undefined,
): Promise<InstanceResult> {
  try {
    const id = `${bundle.manifest.identity.name}\\${studyUid}\\${sopInstanceUid}`;
    const images = instances.map(({ path, offset, length, transferSyntaxUid }) => ({
      path,
      offset,
      length,
      key: findKey(path),
      transferSyntaxUid,
    }));
    return await engine.analyse({ id, images, bundle });
  } catch (error) {
    if (!(error instanceof ScansideError) || error.code === 'ENGINE_FAILED') throw error;
    return { state: 'not-analysed', reason: 'unreadable', detail: error.message };
  }
}
