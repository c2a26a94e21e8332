import { describe, expect, it } from 'vitest';
import { agreementOf, cohenKappa, consensusOf, fleissKappa, type Opinions } from './agreement.ts';

function repeated(pair: [number, number], times: number): [number, number][] {
  return Array.from({ length: times }, () => pair);
}

describe('the consensus of readers', () => {
  it.each<[Opinions, 0 | 1 | undefined]>([
    [{ a: 1 }, 1],
    [{ a: 1, b: 0, c: 1 }, 1],
    [{ a: 1, b: 0, c: 0 }, 0],
    [{ a: 1, b: 0 }, undefined],
    [{}, undefined],
  ])('of %j is %j', (opinions, label) => {
    expect(consensusOf(opinions)).toBe(label);
  });
});

describe('kappa', () => {
  it('of two readers is that of the textbook: 20 and 15 agreed, 5 and 10 not', () => {
    const pairs = [
      ...repeated([1, 1], 20),
      ...repeated([1, 0], 5),
      ...repeated([0, 1], 10),
      ...repeated([0, 0], 15),
    ];
    expect(cohenKappa(pairs)).toBeCloseTo(0.4, 12);
  });

  it('of many readers is that of the textbook: fourteen readers, ten subjects, five categories', () => {
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

  it('is 1 in full agreement, and undefined where there is nothing to disagree about', () => {
    expect(cohenKappa([...repeated([1, 1], 3), ...repeated([0, 0], 3)])).toBe(1);
    expect(cohenKappa(repeated([1, 1], 3))).toBeNull();
    expect(cohenKappa([])).toBeNull();
    expect(fleissKappa([])).toBeNull();
    expect(fleissKappa([[3, 0]])).toBeNull();
  });
});

describe('the agreement of readers', () => {
  const images = new Map<string, Opinions>([
    ['one', { a: 1, b: 1, c: 1 }],
    ['two', { a: 0, b: 0, c: 1 }],
    ['three', { a: 1, b: 0 }],
    ['four', { b: 1 }],
  ]);

  it('counts only what all have read, each pair what both have read, and lists the ties', () => {
    const { readers, images: complete, pairs, ties, kappa } = agreementOf(images);
    expect(readers).toEqual(['a', 'b', 'c']);
    expect(complete).toBe(2);
    expect(kappa).toBeCloseTo(fleissKappa([[0, 3], [2, 1]]) ?? 0, 12); // prettier-ignore
    expect(pairs.map((pair) => pair.images)).toEqual([3, 2, 2]);
    expect(ties).toEqual(['three']);
  });

  it('is Cohen’s for two', () => {
    const two = new Map(images);
    two.delete('one');
    two.delete('two');
    expect(agreementOf(two)).toMatchObject({ readers: ['a', 'b'], images: 1, ties: ['three'] });
  });
});
