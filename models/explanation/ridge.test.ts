import { describe, expect, it } from 'vitest';
import { seededRandom } from '../phantom/random.ts';
import { fitQuality, fitRidge, predictLinear } from './ridge.ts';

const equal = (count: number) => Array.from({ length: count }, () => 1);

describe('ridge regression', () => {
  it('is what one computes by hand', () => {
    // Centred: x is -1, 0, 1 and y is -2, 0, 2, so the coefficient is 4 / (2 + 2) and the intercept 3 - 1.
    const cases = { inputs: [[0], [1], [2]], targets: [1, 3, 5], weights: equal(3) };
    expect(fitRidge(cases, 2)).toEqual({ intercept: 2, coefficients: Float64Array.of(1) });
  });

  it('halves the coefficients of two independent inputs where the penalty is their sum of squares', () => {
    const inputs = [
      [1, 1],
      [1, -1],
      [-1, 1],
      [-1, -1],
    ];
    const targets = inputs.map(([a = 0, b = 0]) => 3 * a - b + 2);
    const { intercept, coefficients } = fitRidge({ inputs, targets, weights: equal(4) }, 4);
    expect(intercept).toBe(2);
    expect(coefficients[0]).toBeCloseTo(1.5, 12);
    expect(coefficients[1]).toBeCloseTo(-0.5, 12);
  });

  it('finds the coefficients of inputs that depend on each other', () => {
    const random = seededRandom(3, 'ridge');
    const inputs = Array.from({ length: 40 }, () => {
      const a = random.normal();
      return [a, 0.8 * a + random.normal(), random.normal() - a];
    });
    const targets = inputs.map(([a = 0, b = 0, c = 0]) => 1 + 2 * a - 3 * b + 0.5 * c);
    const cases = { inputs, targets, weights: equal(40) };
    const model = fitRidge(cases, 1e-9);
    const found = [model.intercept, ...model.coefficients];
    for (const [at, value] of [1, 2, -3, 0.5].entries()) expect(found[at]).toBeCloseTo(value, 6);
    expect(fitQuality(model, cases)).toBeCloseTo(1, 9);
  });

  it('takes a case of weight two as two cases', () => {
    const once = { inputs: [[0], [1], [3]], targets: [0, 4, 5], weights: [1, 2, 1] };
    const twice = { inputs: [[0], [1], [1], [3]], targets: [0, 4, 4, 5], weights: equal(4) };
    const [one, other] = [fitRidge(once, 0.5), fitRidge(twice, 0.5)];
    expect(one.intercept).toBeCloseTo(other.intercept, 12);
    expect(one.coefficients[0]).toBeCloseTo(other.coefficients[0]!, 12);
  });

  it('can be solved where an input never varies', () => {
    const cases = { inputs: [[1], [1]], targets: [2, 4], weights: equal(2) };
    expect(fitRidge(cases, 1)).toEqual({ intercept: 3, coefficients: Float64Array.of(0) });
  });
});

describe('the quality of a fit', () => {
  const model = { intercept: 1, coefficients: Float64Array.of(2) };

  it('is what one computes by hand', () => {
    expect(predictLinear(model, [3])).toBe(7);
    // Missed by 0, 1 and 1; the mean is 4, the squares about it 9, 0 and 9.
    const cases = { inputs: [[0], [1], [2.5]], targets: [1, 4, 7], weights: equal(3) };
    expect(fitQuality(model, cases)).toBeCloseTo(1 - 2 / 18, 12);
  });

  it('is unknown where the targets do not vary', () => {
    const cases = { inputs: [[0], [1]], targets: [4, 4], weights: equal(2) };
    expect(fitQuality(model, cases)).toBeUndefined();
  });
});
