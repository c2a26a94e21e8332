import { describe, expect, it } from 'vitest';
import { seededRandom } from '../phantom/random.ts';
import { sigmoid } from './logit.ts';
import type { Label } from './sample.ts';
import { fitTemperature } from './temperature.ts';

describe('fitTemperature', () => {
  it('finds the temperature that the labels were drawn with', () => {
    const random = seededRandom(5, 'temperature');
    const logits = Array.from({ length: 20_000 }, () => random.uniform(-6, 6));
    const labels = logits.map((logit): Label => (random.chance(sigmoid(logit / 2.5)) ? 1 : 0));
    const fit = fitTemperature(labels, logits);
    expect(Math.abs(fit.temperature - 2.5)).toBeLessThan(0.1);
    expect(fit.after).toBeLessThan(fit.before);
  });

  it('solves the case that can be solved by hand', () => {
    // Three of four right at logit 1: the probability there must be 3/4, so 1 / T = ln 3.
    const { temperature } = fitTemperature([1, 1, 1, 0], [1, 1, 1, 1]);
    expect(temperature).toBeCloseTo(1 / Math.log(3), 12);
  });

  it.each<[string, Label[], number[], string]>([
    ['worse than a coin', [1, 0], [-1, 1], 'tell nothing'],
    ['parted by sign', [1, 0], [1, -1], 'by sign alone'],
    ['not numbers', [1, 0], [Number.NaN, 1], 'score 1 is NaN'],
    ['of one class', [1, 1], [1, -1], 'every case has the finding'],
  ])('refuses logits that are %s', (_, labels, logits, message) => {
    expect(() => fitTemperature(labels, logits)).toThrow(message);
  });
});
