import { describe, expect, it } from 'vitest';
import { seededRandom } from '../phantom/random.ts';
import { brier, calibrationCurve, calibrationError, calibrationLine } from './calibration.ts';
import { logit, sigmoid } from './logit.ts';
import type { Label } from './sample.ts';

const random = seededRandom(2, 'calibration');
const said = Array.from({ length: 10_000 }, () => random.uniform(0.02, 0.98));
const drawn = said.map((probability): Label => (random.chance(probability) ? 1 : 0));

describe('calibration', () => {
  it('finds nothing wrong with true probabilities', () => {
    const line = calibrationLine(drawn, said);
    // By chance alone about 0.010, with a deviation of 0.0025; an intercept has one of 0.024.
    expect(calibrationError(drawn, said)).toBeLessThan(0.02);
    expect(Math.abs((line?.slope.value ?? 0) - 1)).toBeLessThan(0.1);
    expect(Math.abs(line?.inTheLarge.value ?? 1)).toBeLessThan(0.1);
  });

  it('finds out who is twice too sure, and who says too little', () => {
    const sure = said.map((probability) => sigmoid(2 * logit(probability)));
    expect(calibrationLine(drawn, sure)?.slope.value).toBeCloseTo(0.5, 1);
    const low = said.map((probability) => sigmoid(logit(probability) - 1));
    expect(Math.abs((calibrationLine(drawn, low)?.inTheLarge.value ?? 0) - 1)).toBeLessThan(0.1);
    expect(calibrationError(drawn, low)).toBeGreaterThan(0.1);
  });

  it('has no line where the classes are parted, or all is one probability', () => {
    expect(calibrationLine([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9])).toBeUndefined();
    expect(calibrationLine([0, 1, 1], [0.5, 0.5, 0.5])).toBeUndefined();
  });

  it('takes probabilities of 0 and 1', () => {
    const certain = [0, 1, 0, 1, 0.5, 0.5];
    const labels: Label[] = [0, 1, 1, 0, 1, 0];
    expect(brier(labels, certain)).toBeCloseTo(2.5 / 6, 12);
    expect(calibrationLine(labels, certain)?.slope.value).toBeCloseTo(0, 6);
  });

  it('has bins of about equal mass that never part a tie', () => {
    expect(calibrationCurve(drawn, said).map(({ cases }) => cases)).toEqual(
      Array.from({ length: 10 }, () => 1000),
    );
    const tied = [0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.7, 0.7];
    const bins = calibrationCurve([1, 0, 0, 0, 0, 0, 1, 1], tied);
    expect(bins.map(({ cases }) => cases)).toEqual([6, 2]);
  });

  it('refuses what is no probability', () => {
    expect(() => brier([0], [1.1])).toThrow('score 1 is 1.1, outside 0 to 1');
    expect(() => calibrationCurve([0], [Number.NaN])).toThrow('score 1 is NaN');
  });
});
