import { createHash } from 'node:crypto';
import type { ModelInput } from '../../models/manifest.ts';

/** What a unit needs to know of an instance. */
export interface UnitInstance {
  sopInstanceUid: string;
  seriesUid: string;
  facts: { slice: { plane: string; at: number } | undefined };
}

/** What a model looks at in one run. Its result stands under the name of `centre`. */
export interface Unit<T extends UnitInstance> {
  centre: T;
  /** The instances it is made of, in the order of their positions. */
  instances: T[];
}

function inOrder<T extends UnitInstance>(instances: readonly T[]): T[] {
  return instances.toSorted(
    (a, b) =>
      (a.facts.slice?.at ?? 0) - (b.facts.slice?.at ?? 0) ||
      (a.sopInstanceUid < b.sopInstanceUid ? -1 : 1),
  );
}

/** Parallel slices of one series. What has no position is a stack of its own: nobody knows what lies beside it. */
function stacks<T extends UnitInstance>(instances: readonly T[]): T[][] {
  const groups = Map.groupBy(
    instances,
    ({ seriesUid, sopInstanceUid, facts: { slice } }) =>
      `${seriesUid} ${slice ? slice.plane : sopInstanceUid}`,
  );
  return [...groups.values()].map(inOrder);
}

/** The slices around the `at`th; at either end of the stack the outermost stands in for those beyond. */
function neighbours<T>(stack: readonly T[], at: number, count: number): T[] {
  const half = (count - 1) / 2;
  return Array.from({ length: count }, (_, k) => {
    const index = Math.min(stack.length - 1, Math.max(0, at - half + k));
    return stack[index]!;
  });
}

/** Under which name what a release of a model says is kept: another release says it anew. */
export function analysisName(model: string, bundleHash: string): string {
  return `${model} ${bundleHash.slice(0, 16)}`;
}

/** Under which name a unit's result is kept: one of several slices no longer holds when another slice has come. */
export function unitName(model: string, { instances }: Unit<UnitInstance>): string {
  if (instances.length === 1) return model;
  const hash = createHash('sha256');
  for (const { sopInstanceUid } of instances) hash.update(`${sopInstanceUid}\\`);
  return `${model} ${hash.digest('hex')}`;
}

/** Whether a unit is one instance, so that it can be analysed as soon as that has come. */
export function isImmediate({ kind }: Pick<ModelInput, 'kind'>): boolean {
  return kind === 'image' || kind === 'slice';
}

/** Divides the instances that a model looks at into what it looks at in one run. */
export function planUnits<T extends UnitInstance>(
  { kind, slices }: Pick<ModelInput, 'kind' | 'slices'>,
  instances: readonly T[],
): Unit<T>[] {
  if (kind === 'slab')
    return stacks(instances).flatMap((stack) =>
      stack.map((centre, at) => ({ centre, instances: neighbours(stack, at, slices) })),
    );
  if (kind === 'volume')
    return stacks(instances).flatMap((stack) => {
      const centre = stack[Math.floor(stack.length / 2)];
      return centre ? [{ centre, instances: stack }] : [];
    });
  return instances.map((centre) => ({ centre, instances: [centre] }));
}
