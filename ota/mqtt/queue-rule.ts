import type { MessageName } from './contract.ts';

/** Messages that wait for the broker on the disk; all others tell what is so now and are made anew. */
export const queuedNames = [
  'telemetry',
  'summary',
  'event',
  'audit-checkpoint',
  'ota-report',
  'command-reply',
] as const satisfies readonly MessageName[];

export type QueuedName = (typeof queuedNames)[number];

/**
 * What goes where the queue is full. `thin`: every second one, so that what is left still covers the whole time; then
 * the oldest of each kind in this order. What is in no row is never dropped.
 */
export const dropRules: readonly { name: QueuedName; how: 'thin' | 'oldest' }[] = [
  { name: 'telemetry', how: 'thin' },
  { name: 'command-reply', how: 'oldest' },
  { name: 'event', how: 'oldest' },
  { name: 'summary', how: 'oldest' },
];

/** Fewest of a kind that thinning makes fewer. */
const fewestToThin = 16;

/** What of one kind goes, of its numbers from the oldest; empty where nothing can. */
export function chooseDropped(how: 'thin' | 'oldest', numbers: readonly number[]): number[] {
  if (how === 'thin' && numbers.length >= fewestToThin)
    return numbers.filter((_, at) => at % 2 === 1);
  return numbers.slice(0, Math.ceil(numbers.length / 4));
}
