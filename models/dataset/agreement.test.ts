import { describe, expect, it } from 'vitest';
import { fleissKappa } from '../evaluation/kappa.ts';
import { agreementOf, consensusOf, type Opinions } from './agreement.ts';

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
    expect(kappa).toBeCloseTo(fleissKappa([[0, 3], [2, 1]]), 12); // prettier-ignore
    expect(pairs.map((pair) => pair.images)).toEqual([3, 2, 2]);
    expect(ties).toEqual(['three']);
  });

  it('is Cohen’s for two', () => {
    const two = new Map(images);
    two.delete('one');
    two.delete('two');
    expect(agreementOf(two)).toMatchObject({ readers: ['a', 'b'], images: 1, ties: ['three'] });
  });

  it.each<[string, Opinions[], number | null]>([
    [
      '1 where they always agree',
      [
        { a: 1, b: 1 },
        { a: 0, b: 0 },
      ],
      1,
    ],
    [
      '-1 where they never do',
      [
        { a: 1, b: 0 },
        { a: 0, b: 1 },
      ],
      -1,
    ],
    [
      'not there where all have said the same',
      [
        { a: 1, b: 1 },
        { a: 1, b: 1 },
      ],
      null,
    ],
    ['not there where three have said the same', [{ a: 0, b: 0, c: 0 }], null],
    ['not there where they have read no image together', [{ a: 1 }, { b: 1 }], null],
    ['not there where three have read no image together', [{ a: 1, b: 1 }, { c: 1 }], null],
  ])('is %s', (_, opinions, kappa) => {
    const named = opinions.map((each, at): [string, Opinions] => [`${at}`, each]);
    expect(agreementOf(new Map(named)).kappa).toBe(kappa);
  });
});
