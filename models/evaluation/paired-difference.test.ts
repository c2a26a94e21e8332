import { describe, expect, it } from 'vitest';
import { mcnemar } from './mcnemar.ts';
import { judgeDifference } from './non-inferiority.ts';
import { clusteredDifference, pairedDifference } from './paired-difference.ts';

describe('pairedDifference', () => {
  it('changes sign with the order', () => {
    const forth = pairedDifference({ onlyFirst: 3, onlySecond: 12 }, 80);
    const back = pairedDifference({ onlyFirst: 12, onlySecond: 3 }, 80);
    expect(forth.value).toBeCloseTo(9 / 80, 12);
    expect(back.low).toBeCloseTo(-forth.high, 9);
    expect(back.high).toBeCloseTo(-forth.low, 9);
  });

  it('stays unsure where no case differs', () => {
    const { value, low, high } = pairedDifference({ onlyFirst: 0, onlySecond: 0 }, 50);
    expect(value).toBe(0);
    // The score interval of no event: z² / (n + z²).
    expect(high).toBeCloseTo(3.8414588 / 53.8414588, 6);
    expect(low).toBeCloseTo(-high, 9);
  });

  it('knows nothing without a case', () => {
    expect(pairedDifference({ onlyFirst: 0, onlySecond: 0 }, 0)).toMatchObject({
      low: -1,
      high: 1,
    });
  });

  it('stays between -1 and 1', () => {
    const { low, high } = pairedDifference({ onlyFirst: 0, onlySecond: 20 }, 20);
    expect(low).toBeGreaterThan(0.6);
    expect(high).toBe(1);
  });
});

describe('clusteredDifference', () => {
  const first = [true, false, true, true, false, true];
  const second = [true, true, true, false, true, true];
  const alone = first.map((_, at) => String(at));

  it('is that of the cases where each is a patient', () => {
    expect(clusteredDifference(first, second, alone)).toEqual(
      pairedDifference({ onlyFirst: 1, onlySecond: 2 }, 6),
    );
  });

  it('counts a patient once whose images all say the same', () => {
    const twice = <T>(values: T[]) => [...values, ...values];
    const often = clusteredDifference(twice(first), twice(second), twice(alone));
    const once = clusteredDifference(first, second, alone);
    expect(often.low).toBeCloseTo(once.low, 9);
    expect(often.high).toBeCloseTo(once.high, 9);
  });
});

describe('mcnemar', () => {
  it('has nothing to say where no case differs', () => {
    expect(mcnemar({ onlyFirst: 0, onlySecond: 0 })).toMatchObject({ p: 1, pApproximate: 1 });
  });

  it('counts the tosses of a coin', () => {
    expect(mcnemar({ onlyFirst: 0, onlySecond: 5 }).p).toBeCloseTo(2 / 32, 12);
    expect(mcnemar({ onlyFirst: 5, onlySecond: 5 }).p).toBe(1);
  });
});

describe('judgeDifference', () => {
  it.each([
    ['superior', 0.001, 0.2],
    ['non-inferior', -0.04, 0.2],
    ['non-inferior', -0.04, -0.01],
    ['inconclusive', -0.05, 0.2],
    ['inconclusive', -0.2, -0.04],
    ['inferior', -0.3, -0.06],
  ])('says %s of %s to %s at a margin of 0.05', (verdict, low, high) => {
    expect(judgeDifference({ low, high }, 0.05)).toBe(verdict);
  });
});
