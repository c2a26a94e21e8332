import { describe, expect, it } from 'vitest';
import { seededRandom } from '../phantom/random.ts';
import { quantiseWeights, scaleInt8, scaleUint8 } from './scale.ts';

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
    const { values, scales } = quantiseWeights(weights, { channels: 3, inputScale: 1 });
    for (const [at, value] of values.entries()) {
      const scale = scales[Math.floor(at / 8)]!;
      expect(Math.abs(value * scale - weights[at]!)).toBeLessThanOrEqual(scale * 0.500001);
    }
    expect(values.some((value) => Math.abs(value) === 127)).toBe(true);
    expect(values.includes(-128)).toBe(false);
  });

  it('store the bias in units of the product', () => {
    const given = { channels: 3, inputScale: 0.01, bias: Float32Array.of(1, -2, 3) };
    const { bias, scales } = quantiseWeights(weights, given);
    for (const [channel, stored] of bias!.entries())
      expect(stored * scales[channel]! * 0.01).toBeCloseTo(given.bias[channel]!, 2);
  });

  it('of a channel of zeros do not cost the channel its bias', () => {
    const given = { channels: 1, inputScale: 1e-6, bias: Float32Array.of(4) };
    const { bias, scales } = quantiseWeights(new Float32Array(8), given);
    expect(bias![0]! * scales[0]! * 1e-6).toBeCloseTo(4, 4);
  });
});
