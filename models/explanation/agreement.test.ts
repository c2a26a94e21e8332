import { describe, expect, it } from 'vitest';
import { rankCorrelation } from './agreement.ts';

describe('rank correlation', () => {
  it.each([
    ['the same order in other units', [1, 2, 3, 9], [10, 20, 400, 401], 1],
    ['the opposite order', [1, 2, 3], [3, 2, 1], -1],
    // 1 - 6 * (1 + 1 + 0 + 1 + 1) / (5 * 24)
    ['by hand', [1, 2, 3, 4, 5], [2, 1, 3, 5, 4], 0.8],
    // Ranks 1.5, 1.5, 3 and 1, 2, 3: 1.5 / sqrt(1.5 * 2)
    ['equal values share their rank', [0, 0, 5], [1, 2, 3], 1.5 / Math.sqrt(3)],
  ])('%s', (_, one, other, expected) => {
    expect(rankCorrelation(one, other)).toBeCloseTo(expected, 12);
  });

  it('is unknown where one is the same everywhere', () => {
    expect(rankCorrelation([1, 1, 1], [1, 2, 3])).toBeUndefined();
  });
});
