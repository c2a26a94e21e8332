import { describe, expect, it } from 'vitest';
import { seededRandom } from '../phantom/random.ts';
import { fitGaussian, squaredDistance } from './gaussian.ts';

/** Mean 0, variance 1 in both dimensions, correlation 0.5, exactly. */
const correlated = [
  [Math.sqrt(1.5), Math.sqrt(1.5)],
  [-Math.sqrt(1.5), -Math.sqrt(1.5)],
  [Math.SQRT1_2, -Math.SQRT1_2],
  [-Math.SQRT1_2, Math.SQRT1_2],
].map((point) => Float64Array.from(point));

describe('a Gaussian', () => {
  it('measures the Mahalanobis distance that is computed by hand', () => {
    const gaussian = fitGaussian(correlated);
    // The correlation shrinks to 0.9 × 0.5 = 0.45. z' [[1, r], [r, 1]]⁻¹ z = (a² − 2rab + b²) / (1 − r²), of 2 dimensions.
    const byHand = (a: number, b: number) => (a * a - 0.9 * a * b + b * b) / (1 - 0.45 ** 2) / 2;
    for (const [a, b] of [
      [0, 0],
      [1, 1],
      [2, -1],
      [-3, 0.5],
    ] as const)
      expect(squaredDistance(gaussian, Float64Array.of(a, b))).toBeCloseTo(byHand(a, b), 4);
  });

  it('moves and scales with its cases', () => {
    const moved = correlated.map(([a = 0, b = 0]) => Float64Array.of(10 + 3 * a, -5 + 0.1 * b));
    const at = (values: number[], cases: Float64Array[]) =>
      squaredDistance(fitGaussian(cases), Float64Array.from(values));
    expect(at([10 + 6, -5 - 0.1], moved)).toBeCloseTo(at([2, -1], correlated), 3);
  });

  it('sees what lies within every dimension and yet against their correlation', () => {
    const random = seededRandom(1, 'gaussian');
    const cases = Array.from({ length: 500 }, () => {
      const common = random.normal();
      return Float64Array.of(common, common + 0.1 * random.normal());
    });
    const gaussian = fitGaussian(cases);
    const along = squaredDistance(gaussian, Float64Array.of(2, 2));
    const across = squaredDistance(gaussian, Float64Array.of(2, -2));
    // With variances alone both would be 4.
    expect(along).toBeLessThan(4);
    expect(across).toBeGreaterThan(8 * along);
  });

  it('is about 1 away from what it is made of', () => {
    const random = seededRandom(2, 'gaussian');
    const cases = Array.from({ length: 2000 }, () =>
      Float64Array.from({ length: 20 }, () => random.normal()),
    );
    const gaussian = fitGaussian(cases);
    const mean = cases.reduce((sum, each) => sum + squaredDistance(gaussian, each), 0) / 2000;
    expect(mean).toBeGreaterThan(0.95);
    expect(mean).toBeLessThan(1.05);
  });

  it('takes a dimension that never varies, and is far from what differs there', () => {
    const gaussian = fitGaussian([0, 1, 2, 3].map((value) => Float64Array.of(value, 7)));
    expect(squaredDistance(gaussian, Float64Array.of(1, 7))).toBeLessThan(1);
    expect(squaredDistance(gaussian, Float64Array.of(1, 7.1))).toBeGreaterThan(1e6);
  });
});
