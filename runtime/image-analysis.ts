import type { Clock } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import type { Bundle } from '../models/bundle.ts';
import type { InstanceResult } from '../models/outcome.ts';
import type { Engine, EngineImage } from './inference/engine.ts';
import type { Priority } from './inference/schedule/work.ts';
import type { PipelinePorts } from './pipeline-ports.ts';
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
    const images = unit.instances.map((instance) => locateImage(instance, ports.findKey));
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

/** Where the engine finds a stored instance, with its key. Throws where that is gone. */
export function locateImage(
  { path, offset, length, transferSyntaxUid }: Instance,
  findKey: AnalysisPorts['findKey'],
): EngineImage {
  return { path, offset, length, key: findKey(path), transferSyntaxUid };
}

/** What a model has said of the images of a study, by the SOP Instance UID that each answer stands under. */
export function recallAnswers(
  {
    rules,
    studies,
  }: {
    rules: Pick<PipelinePorts['rules'], 'units' | 'unitName'>;
    studies: PipelinePorts['studies'];
  },
  bundle: Bundle | undefined,
  instances: Instance[],
): ReadonlyMap<string, InstanceResult> {
  const [first] = instances;
  if (!bundle || !first) return new Map();
  const units = rules.units(bundle, instances);
  const names = new Set(units.map((unit) => rules.unitName(bundle, unit)));
  const known = new Map([...names].map((name) => [name, studies.analyses(first.studyUid, name)]));
  return new Map(
    units.flatMap((unit) => {
      const { sopInstanceUid } = unit.centre;
      const answer = known.get(rules.unitName(bundle, unit))?.get(sopInstanceUid);
      return answer ? [[sopInstanceUid, answer] as const] : [];
    }),
  );
}
