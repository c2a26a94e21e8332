import { type ImageFacts, judgeApplicability } from '../../models/applicability.ts';
import type { Bundle } from '../../models/bundle.ts';

/** What an instance says of itself, as far as the models' rules ask. */
export interface RoutedInstance {
  sopInstanceUid: string;
  sopClassUid: string;
  facts: {
    modality: string;
    bodyPart: string;
    viewPosition: string;
    imageType: string[];
    rows: number;
    columns: number;
  } & Omit<ImageFacts, 'sopClassUid'>;
}

/** Which of a study's instances a model looks at, and for each of the others why not. */
export interface Route<T extends RoutedInstance> {
  bundle: Bundle;
  instances: T[];
  excluded: { sopInstanceUid: string; why: string }[];
}

/** Whether a model is intended for an instance; undefined when it is, else why not. */
export function whyNot(bundle: Bundle, { sopClassUid, facts }: RoutedInstance): string | undefined {
  const judged = judgeApplicability(bundle.manifest, { ...facts, sopClassUid });
  return judged.applies ? undefined : judged.why;
}

/** Sorts a study's instances by each model's rules. */
export function routeStudy<T extends RoutedInstance>(
  bundles: Bundle[],
  instances: T[],
): Route<T>[] {
  return bundles.map((bundle) => {
    const judged = instances.map((instance) => ({ instance, why: whyNot(bundle, instance) }));
    return {
      bundle,
      instances: judged.filter(({ why }) => why === undefined).map(({ instance }) => instance),
      excluded: judged.flatMap(({ instance: { sopInstanceUid }, why }) =>
        why === undefined ? [] : [{ sopInstanceUid, why }],
      ),
    };
  });
}
