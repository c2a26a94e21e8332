import { describe, expect, it } from 'vitest';
import { seededRandom } from '../phantom/random.ts';
import { aucWithInterval, compareAreas, delong, midranks } from './delong.ts';
import type { Label } from './sample.ts';

const random = seededRandom(3, 'delong');
const labels = Array.from({ length: 60 }, (): Label => (random.chance(0.4) ? 1 : 0));
/** Rounded to tenths, so that most scores are tied. */
const scores = labels.map((label) => Math.round(10 * (label * 0.3 + random.uniform(0, 1))) / 10);
const others = labels.map((label) => label * 0.2 + random.uniform(0, 1));

/** The definition: the share of pairs in the right order, a tie being half of one. */
function countPairs(): number {
  let right = 0;
  let pairs = 0;
  labels.forEach((one, a) =>
    labels.forEach((other, b) => {
      if (one !== 1 || other !== 0) return;
      pairs++;
      right += (Math.sign((scores[a] ?? 0) - (scores[b] ?? 0)) + 1) / 2;
    }),
  );
  return right / pairs;
}

describe('midranks', () => {
  it('shares ranks among ties', () => {
    expect(midranks([3, 1, 3, 2])).toEqual([3.5, 1, 3.5, 2]);
  });
});

describe('delong', () => {
  it('is the share of pairs in the right order', () => {
    expect(delong(labels, [scores]).auc[0]).toBeCloseTo(countPairs(), 12);
  });

  it('does not hang on the order of the cases or a rising change of the scores', () => {
    const order = labels.map((_, at) => at).sort((a, b) => ((a * 37) % 60) - ((b * 37) % 60));
    const shuffled = delong(
      order.map((at) => labels[at] ?? 0),
      [order.map((at) => Math.exp(scores[at] ?? 0))],
    );
    const straight = delong(labels, [scores]);
    expect(shuffled.auc[0]).toBeCloseTo(straight.auc[0] ?? 0, 12);
    expect(shuffled.covariance[0]?.[0]).toBeCloseTo(straight.covariance[0]?.[0] ?? 0, 12);
  });

  it('turns over with the sign of the scores', () => {
    const { value, low, high } = aucWithInterval(labels, scores);
    const turned = aucWithInterval(
      labels,
      scores.map((score) => -score),
    );
    expect(turned.value).toBeCloseTo(1 - value, 12);
    expect([turned.low, turned.high].map((x) => 1 - x)).toEqual([
      expect.closeTo(high, 12),
      expect.closeTo(low, 12),
    ]);
  });

  it('is no surer of patients whose images are there four times', () => {
    const four = <T>(values: T[]) => [...values, ...values, ...values, ...values];
    const clusters = four(labels.map((_, at) => String(at)));
    const once = delong(labels, [scores, others]);
    const often = delong(four(labels), [four(scores), four(others)], clusters);
    for (const [a, b] of [
      [0, 0],
      [0, 1],
      [1, 1],
    ] as const)
      expect(often.covariance[a]?.[b]).toBeCloseTo(once.covariance[a]?.[b] ?? 0, 12);
  });

  it('knows no limits from a single patient of a class', () => {
    const one: Label[] = [1, 0, 0, 0];
    const area = aucWithInterval(one, [0.9, 0.1, 0.2, 0.95]);
    expect(area).toEqual({ value: 2 / 3, low: 0, high: 1 });
    expect(compareAreas(one, [1, 2, 3, 4], [4, 3, 2, 1])).toMatchObject({ z: 0, p: 1 });
    const images: Label[] = [1, 1, 0, 0];
    expect(delong(images, [[1, 2, 3, 4]], ['a', 'a', 'b', 'c']).covariance).toEqual([[Infinity]]);
  });

  it.each<[string, Label[], number[], string]>([
    ['NaN', [0, 1], [0.1, Number.NaN], 'score 2 is NaN'],
    ['an infinite score', [0, 1], [-Infinity, 1], 'score 1 is -Infinity'],
    ['one class', [1, 1], [0.1, 0.2], 'every case has the finding'],
    ['no case', [], [], 'no case has the finding'],
    ['a missing score', [0, 1], [0.1], '2 labels, but 1 scores'],
  ])('refuses %s', (_, labels, scores, message) => {
    expect(() => delong(labels, [scores])).toThrow(message);
  });
});

describe('compareAreas', () => {
  it('finds no difference between a test and itself', () => {
    expect(compareAreas(labels, scores, scores)).toMatchObject({ z: 0, p: 1 });
  });

  it('changes sign with the order', () => {
    const [forth, back] = [
      compareAreas(labels, scores, others),
      compareAreas(labels, others, scores),
    ];
    expect(back.z).toBeCloseTo(-forth.z, 12);
    expect(back.difference.low).toBeCloseTo(-forth.difference.high, 12);
  });
});
