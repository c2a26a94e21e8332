import { criticalValue } from './distribution.ts';
import type { Discordance } from './mcnemar.ts';
import { designEffect, type Estimate, standardLevel } from './proportion.ts';

/** Tango's score statistic of the hypothesis that the second test is right more often by `difference`. */
function score({ onlyFirst, onlySecond }: Discordance, cases: number, difference: number): number {
  const a = 2 * cases;
  const b = -onlySecond - onlyFirst + (2 * cases - onlySecond + onlyFirst) * difference;
  const c = -onlyFirst * difference * (1 - difference);
  const q = (Math.sqrt(Math.max(0, b * b - 4 * a * c)) - b) / (2 * a);
  const variance = cases * (2 * q + difference * (1 - difference));
  const distance = onlySecond - onlyFirst - cases * difference;
  return variance > 0 ? distance / Math.sqrt(variance) : Math.sign(distance) * Infinity;
}

/** Where the falling statistic crosses `value`, between `low` and `high`. */
function solve(of: (difference: number) => number, value: number, low: number, high: number) {
  for (let step = 0; step < 100; step++) {
    const middle = (low + high) / 2;
    if (of(middle) > value) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * By how much the second of two tests is right more often than the first on the same `cases`, with the score interval
 * of Tango (1998), which holds where few cases differ. 0 between -1 and 1 where there is no case.
 */
export function pairedDifference(
  discordance: Discordance,
  cases: number,
  level = standardLevel,
): Estimate {
  if (cases <= 0) return { value: 0, low: -1, high: 1 };
  const value = (discordance.onlySecond - discordance.onlyFirst) / cases;
  const z = criticalValue(level);
  const of = (difference: number) => score(discordance, cases, difference);
  return { value, low: solve(of, z, -1, value), high: solve(of, -z, value, 1) };
}

/**
 * The same from each case's `first` and `second` answer, right or not, where cases come in clusters (patients): the
 * counts are divided by the design effect of the differences.
 */
export function clusteredDifference(
  first: readonly boolean[],
  second: readonly boolean[],
  clusters: readonly string[],
  level = standardLevel,
): Estimate {
  const differences = second.map((right, at) => Number(right) - Number(first[at]));
  const effect = first.length === 0 ? 1 : designEffect(differences, clusters);
  const count = (difference: number) => differences.filter((each) => each === difference).length;
  const discordance = { onlyFirst: count(-1) / effect, onlySecond: count(1) / effect };
  return pairedDifference(discordance, first.length / effect, level);
}
