import { expect, it } from 'vitest';
import { addLatency, emptySketch, latencyQuantile, mergeSketches } from './latency-sketch.ts';

const sketchOf = (values: number[]) => values.reduce(addLatency, emptySketch);
const values = Array.from({ length: 1000 }, (_, at) => 0.05 * 1.01 ** at);

it.each([0, 0.5, 0.95, 0.99, 1])('knows the quantile %d to two per cent', (share) => {
  const exact = values[Math.floor(share * 999)]!;
  const told = latencyQuantile(sketchOf(values), share)!;
  expect(Math.abs(told - exact) / exact).toBeLessThan(0.0201);
});

it('adds up over devices as if all had been counted by one', () => {
  const [one, other] = [values.slice(0, 300), values.slice(300)];
  expect(mergeSketches(sketchOf(other), sketchOf(one))).toEqual(sketchOf(values));
  const foreign = { ...emptySketch, relativeError: 0.01 };
  expect(() => mergeSketches(emptySketch, foreign)).toThrow(RangeError);
});

it('counts what is too small, and not what is no number', () => {
  const sketch = sketchOf([0, -1, Number.NaN, 1]);
  expect(sketch.zero).toBe(2);
  expect(latencyQuantile(sketch, 0)).toBe(0);
  expect(latencyQuantile(emptySketch, 0.5)).toBeUndefined();
});
