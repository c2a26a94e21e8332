import { describe, expect, it } from 'vitest';
import { nearPairs, normalized, side, type Thumbnail } from './near-duplicates.ts';

/** The same numbers from 0 to 1 for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Sixty pictures in two groups; every third is the one before it with some noise. */
function pictures(): Thumbnail[] {
  const next = random(11);
  let greys: number[] = [];
  return Array.from({ length: 60 }, (_, at) => {
    const noise = at % 3 === 0 ? 1 : 0.1 * (at % 12);
    const before = at % 3 === 0 ? Array.from({ length: side * side }, () => 0) : greys;
    greys = before.map((grey) => grey + noise * next());
    return { file: String(at), group: String(at % 2), greys: normalized(greys)! };
  });
}

function correlation(one: Float32Array, other: Float32Array): number {
  return one.reduce((sum, value, at) => sum + value * other[at]!, 0);
}

describe('pictures that look alike', () => {
  it.each([0.99, 0.98, 0.9, 0.5])('are those that correlate by %d across groups', (least) => {
    const all = pictures();
    const expected = all.flatMap((one, at) =>
      all.slice(at + 1).flatMap((other) => {
        const isNear = correlation(one.greys, other.greys) >= least && one.group !== other.group;
        return isNear ? [[one.file, other.file]] : [];
      }),
    );
    const found = nearPairs(all, least);
    expect(found.map(({ files }) => files)).toEqual(expected);
    expect(expected.length).toBeGreaterThan(0);
    expect(expected.length).toBeLessThan(100);
  });

  it('correlate by 1 whatever their brightness and contrast', () => {
    const greys = Array.from({ length: side * side }, (_, at) => at % 17);
    const one = { file: 'a', group: '0', greys: normalized(greys)! };
    const other = { file: 'b', group: '1', greys: normalized(greys.map((grey) => 5 * grey + 9))! };
    expect(nearPairs([one, other], 0.98)[0]?.correlation).toBeCloseTo(1, 5);
  });

  it('are none of one grey', () => {
    expect(normalized([3, 3, 3])).toBeUndefined();
  });
});
