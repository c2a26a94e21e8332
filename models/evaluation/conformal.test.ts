import { describe, expect, it } from 'vitest';
import { seededRandom } from '../phantom/random.ts';
import { conformalLimits, conformalQuantile, predictionSet } from './conformal.ts';
import type { Label } from './sample.ts';

describe('conformalQuantile', () => {
  it('takes the ceil((n + 1)(1 - alpha))-th smallest', () => {
    const values = [9, 1, 8, 2, 7, 3, 6, 4, 5];
    expect(conformalQuantile(values, 0.1)).toBe(9);
    expect(conformalQuantile(values, 0.5)).toBe(5);
  });

  it('promises nothing where there are too few cases', () => {
    expect(conformalQuantile([1, 2, 3, 4, 5, 6, 7, 8], 0.1)).toBe(Infinity);
  });

  it.each([0, 1, Number.NaN])('refuses an alpha of %s', (alpha) => {
    expect(() => conformalQuantile([1], alpha)).toThrow('SCORES_INVALID');
  });
});

describe('conformalLimits', () => {
  it('keeps its promise in each class, on average over calibration sets', () => {
    const random = seededRandom(11, 'conformal');
    const draw = (label: Label) => Math.min(1, Math.max(0, label * 0.3 + random.uniform(0, 0.7)));
    const labels = Array.from({ length: 120 }, (_, at): Label => (at < 20 ? 1 : 0));
    const covered = { positive: 0, negative: 0 };
    const rounds = 2000;
    for (let round = 0; round < rounds; round++) {
      const limits = conformalLimits(labels, labels.map(draw), 0.2);
      if (['positive', 'both'].includes(predictionSet(draw(1), limits))) covered.positive++;
      if (['negative', 'both'].includes(predictionSet(draw(0), limits))) covered.negative++;
    }
    // Exactly ceil(21 * 0.8) / 21 and ceil(101 * 0.8) / 101; four standard errors of 2000 rounds are 0.036.
    expect(covered.positive / rounds).toBeCloseTo(17 / 21, 1);
    expect(Math.abs(covered.positive / rounds - 17 / 21)).toBeLessThan(0.036);
    expect(Math.abs(covered.negative / rounds - 81 / 101)).toBeLessThan(0.036);
  });

  it('leaves nothing out without a case of the class', () => {
    expect(predictionSet(0.01, conformalLimits([0, 0], [0.1, 0.2], 0.5))).toBe('both');
  });
});
