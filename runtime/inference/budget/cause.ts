import { levels, rankOf, type Level } from './level.ts';

/** Why less is allowed, in the order in which a reason is given where several ask for the same level. */
export const causes = [
  'blind',
  'memory',
  'out-of-memory',
  'stalled',
  'heat',
  'heating',
  'throttled',
  'power',
  'over-current',
] as const;

export type Cause = (typeof causes)[number];

/** Causes that smaller batches help against. */
export const ofMemory: readonly Cause[] = ['memory', 'out-of-memory', 'stalled'];

export const causeWords: Record<Cause, string> = {
  blind: 'temperature cannot be read',
  heat: 'warm',
  heating: 'warming up fast',
  throttled: 'slowed down by its own protection against heat',
  memory: 'memory is short',
  'out-of-memory': 'a program was ended for want of memory',
  stalled: 'waiting for memory',
  power: 'near the limit of its power supply',
  'over-current': 'power supply at its limit',
};

/** One quantity that may ask for less; the smaller the worse. */
export interface Measure {
  value: number;
  /** Below which trimmed, minimal and hold are asked for. */
  limits: readonly [trimmed: number, minimal: number, hold: number];
  /** How far above a limit the value must rise until that level is no longer asked for. */
  slack: number;
}

/** No value asks for that level. */
export const never = Number.NEGATIVE_INFINITY;

/** The level that the measure asks for, after it asked for `before`. */
export function judge(measure: Measure, before: Level): Level {
  const asked = measure.limits.findLastIndex(
    (limit, at) => measure.value < limit + (rankOf(before) > at ? measure.slack : 0),
  );
  return levels[asked + 1] ?? 'full';
}

/** A thing that is so or not, as a measure: `level` is asked for while it is so. */
export function whether(fact: boolean, level: Level): Measure {
  const limit = (rank: number): number => (rankOf(level) >= rank ? 0 : never);
  return { value: fact ? -1 : 1, limits: [limit(1), limit(2), limit(3)], slack: 0 };
}
