import type { Clock } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import type { Bundle } from '../models/bundle.ts';
import type { InstanceResult } from '../models/outcome.ts';
import type { Engine } from './inference/engine.ts';
import type { Priority } from './inference/schedule/work.ts';
import type { Instance } from './spool/instance.ts';
import type { Unit } from './study/unit.ts';

/** What the analysis of stored instances needs beside them. */
export interface AnalysisPorts {
  clock: Clock;
  engine: Engine;
  /** The key of a segment, where it has one. */
  findKey(path: string): Uint8Array | undefined;
  priority(unit: Unit<Instance>): Priority;
  /** Wall time by which the result is wanted. */
  due(bundle: Bundle, unit: Unit<Instance>): number;
}

/** Has the engine analyse stored instances. Their keys, if they have any, go with the job; one that is gone is a reason. */
export async function analyseUnit(
  ports: AnalysisPorts,
  unit: Unit<Instance>,
  bundle: Bundle,
): Promise<InstanceResult> {
  const { studyUid, seriesUid, sopInstanceUid } = unit.centre;
  const model = bundle.manifest.identity.name;
  try {
    const images = unit.instances.map(({ path, offset, length, transferSyntaxUid }) => ({
      path,
      offset,
      length,
      key: ports.findKey(path),
      transferSyntaxUid,
    }));
    return await ports.engine.analyse({
      id: [model, studyUid, sopInstanceUid].join('\\'),
      images,
      bundle,
      priority: ports.priority(unit),
      dueInMs: ports.due(bundle, unit) - ports.clock.now(),
      series: [model, studyUid, seriesUid].join('\\'),
      exam: studyUid,
    });
  } catch (error) {
    if (!(error instanceof ScansideError) || error.code === 'ENGINE_FAILED') throw error;
    return { state: 'not-analysed', reason: 'unreadable', detail: error.message };
  }
}
