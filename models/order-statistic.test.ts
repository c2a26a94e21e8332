import { expect, it } from 'vitest';
import { valuesAtRanks } from './order-statistic.ts';
import { seededRandom } from './phantom/random.ts';

const random = seededRandom(7, 'order statistic');

it.each([
  ['stored values', () => Math.floor(random.uniform(0, 4096))],
  ['modality units', () => Math.floor(random.uniform(-1024, 3071))],
  ['fractions of either sign', () => random.uniform(-1, 1) ** 3],
  ['zeros of either sign', () => random.pick([0, -0, 1e-40, -1e-40])],
  ['values that are all alike', () => 5],
])('finds what sorting finds among %s', (_, draw) => {
  const values = Float32Array.from({ length: 1001 }, draw);
  const ranks = [0, 1, 10, 499, 500, 990, 999, 1000];
  const sorted = values.toSorted();
  expect(valuesAtRanks(values, ranks)).toEqual(ranks.map((rank) => sorted[rank]));
});

it('has nothing past the ends', () => {
  expect(valuesAtRanks(Float32Array.of(1, 2), [-1, 2])).toEqual([undefined, undefined]);
  expect(valuesAtRanks(new Float32Array(0), [0])).toEqual([undefined]);
});
