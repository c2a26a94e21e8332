import { describe, expect, it } from 'vitest';
import { seededRandom } from '../phantom/random.ts';
import { meanShift } from './mean-shift.ts';
import { quantiseWeights, restoreWeights, scaleInt8, scaleUint8 } from './scale.ts';

describe('a scale', () => {
  it('spans the range without a sign, and holds zero exactly', () => {
    expect(scaleUint8({ low: 0, high: 25.5 })).toEqual({ scale: Math.fround(0.1), zero: 0 });
    expect(scaleUint8({ low: -25.5, high: 0 })).toEqual({ scale: Math.fround(0.1), zero: 255 });
    expect(scaleUint8({ low: -1, high: 4 }).zero).toBe(51);
  });

  it('reaches down or up to zero, because padding is zero', () => {
    expect(scaleUint8({ low: 5, high: 25.5 })).toEqual(scaleUint8({ low: 0, high: 25.5 }));
    expect(scaleUint8({ low: -25.5, high: -5 })).toEqual(scaleUint8({ low: -25.5, high: 0 }));
  });

  it('with a sign has its zero at zero', () => {
    expect(scaleInt8({ low: -12.7, high: 5 })).toEqual({ scale: Math.fround(0.1), zero: 0 });
  });

  it.each([scaleUint8, scaleInt8])('is never zero', (scale) => {
    expect(scale({ low: 0, high: 0 }).scale).toBeGreaterThan(0);
  });
});

describe('weights', () => {
  const random = seededRandom(1, 'weights');
  const weights = Float32Array.from({ length: 24 }, (_, at) => random.normal() * 10 ** (at / 8));

  it('are off by half a step of their own channel at most', () => {
    const quantised = quantiseWeights(weights, { bias: new Float32Array(3), inputScale: 1 });
    for (const [at, value] of restoreWeights(quantised).entries()) {
      const scale = quantised.scales[Math.floor(at / 8)]!;
      expect(Math.abs(value - weights[at]!)).toBeLessThanOrEqual(scale * 0.500001);
    }
    expect(quantised.values.some((value) => Math.abs(value) === 127)).toBe(true);
    expect(quantised.values.includes(-128)).toBe(false);
  });

  it('of a channel of zeros do not cost the channel its bias', () => {
    const given = { bias: Float32Array.of(4), inputScale: 1e-6 };
    const { scales } = quantiseWeights(new Float32Array(8), given);
    const stored = 4 / (scales[0]! * given.inputScale);
    expect(stored).toBeLessThanOrEqual(2 ** 30 * 1.000001);
    expect(stored).toBeGreaterThan(2 ** 20);
  });
});

describe('the shift of a mean', () => {
  const change = { before: new Float32Array(8), after: Float32Array.of(1, 0, 0, 2, 0, 3, 0, 0) };

  it('weighs the change of each weight with the mean of its input channel', () => {
    const shift = meanShift({ ...change, dims: [2, 2, 1, 2], inputMeans: [10, 100] });
    expect(Array.from(shift)).toEqual([210, 30]);
  });

  it('knows the groups of a convolution', () => {
    const shift = meanShift({ ...change, dims: [2, 1, 2, 2], inputMeans: [10, 100] });
    expect(Array.from(shift)).toEqual([30, 300]);
  });
});
