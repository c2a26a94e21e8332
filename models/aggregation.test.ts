import { describe, expect, it } from 'vitest';
import { aggregate, type Scored } from './aggregation.ts';

const score = (sopInstanceUid: string, probability: number, frame?: number): Scored => ({
  sopInstanceUid,
  probability,
  frame,
});

const scores = [score('a', 0.1), score('b', 0.8), score('c', 0.5), score('d', 0.2)];
const names = (key: readonly Scored[]) => key.map(({ sopInstanceUid }) => sopInstanceUid);

describe('the probability of a series', () => {
  it('is the highest of its images, and that image is the key', () => {
    const { probability, key } = aggregate({ by: 'highest' }, scores);
    expect([probability, names(key)]).toEqual([0.8, ['b']]);
  });

  it('is the mean of the k highest, and of all where there are fewer', () => {
    const two = aggregate({ by: 'top', k: 2 }, scores);
    expect(two.probability).toBeCloseTo(0.65, 12);
    expect(names(two.key)).toEqual(['b', 'c']);
    const many = aggregate({ by: 'top', k: 9 }, scores);
    expect(many.probability).toBeCloseTo(0.4, 12);
    expect(names(many.key)).toEqual(['b', 'c', 'd', 'a']);
  });

  it('is that of at least one, as if the images knew nothing of each other', () => {
    const { probability, key } = aggregate({ by: 'noisy-or' }, scores);
    expect(probability).toBeCloseTo(1 - 0.9 * 0.2 * 0.5 * 0.8, 12);
    expect(names(key)).toEqual(['b', 'c', 'd', 'a']);
  });

  it('names not more than ten key images', () => {
    const many = Array.from({ length: 30 }, (_, at) => score(`i${at}`, at / 100));
    const { key } = aggregate({ by: 'noisy-or' }, many);
    expect(names(key)).toEqual(Array.from({ length: 10 }, (_, at) => `i${29 - at}`));
  });

  it('does not depend on the order in which equal images came', () => {
    const equal = [score('b', 0.5), score('a', 0.5), score('c', 0.5)];
    for (const by of ['highest', 'noisy-or'] as const)
      expect(aggregate({ by }, equal.toReversed())).toEqual(aggregate({ by }, equal));
    expect(names(aggregate({ by: 'highest' }, equal).key)).toEqual(['a']);
  });

  it('keeps which frame it was', () => {
    const frames = [score('a', 0.2, 1), score('a', 0.7, 2), score('a', 0.1, 3)];
    expect(aggregate({ by: 'highest' }, frames).key).toEqual([score('a', 0.7, 2)]);
  });
});
