import type { Priority } from './work.ts';

/** What a result belongs to: an image that is read by itself, as in radiography, or the slices of a series together. */
export type ResultKind = 'image' | 'series';

/** Seconds after its last image in which a result is wanted. */
export type Targets = Readonly<Record<ResultKind, Readonly<Record<Priority, number>>>>;

/** Clinical results while the patient is still on the table; everything else within the day. */
export const defaultTargets: Targets = {
  image: { stat: 0.5, routine: 1, reprocess: 3600, shadow: 14_400, 'self-test': 3600 },
  series: { stat: 1, routine: 2, reprocess: 3600, shadow: 14_400, 'self-test': 3600 },
};

/**
 * When a result is wanted, in the monotonic milliseconds of `lastArrivedAt`, the arrival of the latest image that it
 * needs. The slices of a series have one deadline: with each that arrives, it is set anew on those that still wait.
 */
export function deadlineOf(
  targets: Targets,
  kind: ResultKind,
  priority: Priority,
  lastArrivedAt: number,
): number {
  return lastArrivedAt + 1000 * targets[kind][priority];
}
