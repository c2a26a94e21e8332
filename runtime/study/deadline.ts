import type { ModelInput } from '../../models/manifest.ts';

/** Within how many milliseconds after the last image of it has come a result is wanted. */
export interface TimeLimits {
  /** Of an image that is looked at alone, such as a radiograph. */
  imageMs: number;
  /** Of a series of slices. */
  seriesMs: number;
}

/** Wall time by which the result on these instances is wanted: counted from the newest of them. */
export function dueAt(
  { kind }: Pick<ModelInput, 'kind'>,
  instances: readonly { receivedAt: number }[],
  { imageMs, seriesMs }: TimeLimits,
): number {
  const newest = Math.max(...instances.map(({ receivedAt }) => receivedAt));
  return newest + (kind === 'image' ? imageMs : seriesMs);
}
