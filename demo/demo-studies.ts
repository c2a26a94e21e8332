import { makeDemoInstance } from './demo-cases.ts';
import type { PhantomInstance } from './phantom-study.ts';

export interface DemoStudy {
  studyUid: string;
  instances: PhantomInstance[];
}

/** The `at`th study that the virtual scanner sends. */
export function makeDemoStudy(
  seed: number,
  at: number,
  taken?: { date: string; time: string },
): DemoStudy {
  const instance = makeDemoInstance(seed, at, taken);
  return { studyUid: instance.studyInstanceUid, instances: [instance] };
}
