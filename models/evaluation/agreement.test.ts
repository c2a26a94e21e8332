import { describe, expect, it } from 'vitest';
import { cohenKappa, fleissKappa } from './kappa.ts';
import { countOverlap, dice, intersectionOverUnion } from './overlap.ts';

describe('kappa', () => {
  it('is 1 where all agree, about 0 by chance, and not there where nothing differs', () => {
    expect(
      cohenKappa([
        [5, 0],
        [0, 7],
      ]).value,
    ).toBe(1);
    expect(
      cohenKappa([
        [25, 25],
        [25, 25],
      ]).value,
    ).toBe(0);
    expect(
      cohenKappa([
        [12, 0],
        [0, 0],
      ]).value,
    ).toBeNaN();
    expect(
      fleissKappa([
        [3, 0],
        [0, 3],
        [3, 0],
      ]),
    ).toBe(1);
  });

  it('of two raters is that of the textbook: 20 and 15 agreed, 5 and 10 not', () => {
    const table = [
      [15, 10],
      [5, 20],
    ];
    expect(cohenKappa(table).value).toBeCloseTo(0.4, 12);
  });

  it('is not there without a case', () => {
    expect(fleissKappa([])).toBeNaN();
    expect(cohenKappa([]).value).toBeNaN();
  });

  it('of ten cases, fourteen raters and five answers is the known one', () => {
    const counts = [
      [0, 0, 0, 0, 14],
      [0, 2, 6, 4, 2],
      [0, 0, 3, 5, 6],
      [0, 3, 9, 2, 0],
      [2, 2, 8, 1, 1],
      [7, 7, 0, 0, 0],
      [3, 2, 6, 3, 0],
      [2, 5, 3, 2, 2],
      [6, 5, 2, 1, 0],
      [0, 2, 2, 3, 7],
    ];
    expect(fleissKappa(counts)).toBeCloseTo(0.20993, 5);
  });
});

describe('overlap', () => {
  it('counts pixels', () => {
    const overlap = countOverlap([1, 1, 1, 0, 0], [0, 255, 1, 1, 0]);
    expect(overlap).toEqual({ predicted: 3, truth: 3, both: 2 });
    expect(dice(overlap)).toBeCloseTo(2 / 3, 12);
    expect(intersectionOverUnion(overlap)).toBeCloseTo(1 / 2, 12);
  });

  it('is whole where both masks are empty, and none where one is', () => {
    expect(dice({ predicted: 0, truth: 0, both: 0 })).toBe(1);
    expect(intersectionOverUnion({ predicted: 0, truth: 0, both: 0 })).toBe(1);
    expect(dice({ predicted: 0, truth: 9, both: 0 })).toBe(0);
  });
});
