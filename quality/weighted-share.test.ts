import { describe, expect, it } from 'vitest';
import { clusteredWilson, wilson } from '../models/evaluation/proportion.ts';
import { seededRandom } from '../models/phantom/random.ts';
import { complement, shareOfSum, type WeightedHit, weightedShare } from './weighted-share.ts';

const seed = 2012;

const hits = (count: number, hit: boolean, weight = 1): WeightedHit[] =>
  Array.from({ length: count }, (_, at) => ({ hit, weight, cluster: `${hit} ${weight} ${at}` }));

describe('a weighted share', () => {
  it('is Wilson’s where all weights are equal, whatever they are', () => {
    const limits = wilson({ successes: 17, trials: 40 });
    for (const weight of [1, 20]) {
      const share = weightedShare([...hits(17, true, weight), ...hits(23, false, weight)]);
      expect(share?.value).toBeCloseTo(17 / 40, 12);
      expect(share?.effective).toBeCloseTo(40, 9);
      expect(share?.low).toBeCloseTo(limits.low, 9);
      expect(share?.high).toBeCloseTo(limits.high, 9);
    }
  });

  it('counts one heavy miss for all that it stands for, and is unsure of it', () => {
    const share = weightedShare([...hits(50, true), ...hits(1, false, 100)]);
    expect(share?.value).toBeCloseTo(1 / 3, 12);
    expect(share?.effective).toBeLessThan(5);
  });

  it('is widened for patients with several exams, as a plain share is', () => {
    const random = seededRandom(seed, 'patients');
    const patients = Array.from({ length: 60 }, () => random.chance(0.6));
    const drawn = [...patients, ...patients, ...patients].map((hit, at) => ({
      hit,
      weight: 3,
      cluster: String(at % 60),
    }));
    const plain = clusteredWilson(
      drawn.map(({ hit }) => Number(hit)),
      drawn.map(({ cluster }) => cluster),
    );
    const share = weightedShare(drawn);
    expect(share?.effective).toBeCloseTo(60, 9);
    expect(share?.low).toBeCloseTo(plain.low, 9);
    expect(share?.high).toBeCloseTo(plain.high, 9);
  });

  it('counts a patient once where all exams say the same', () => {
    const drawn = hits(90, true).map((each, at) => ({ ...each, cluster: String(at % 30) }));
    expect(weightedShare(drawn)).toMatchObject({ n: 90, effective: 30, value: 1, high: 1 });
    expect(weightedShare([])).toBeUndefined();
  });
});

describe('a share of a sum', () => {
  const estimate = (value: number, low: number, high: number) => ({ value, low, high });

  it('turns round when its parts do', () => {
    const [one, other] = [estimate(90, 70, 120), estimate(10, 4, 30)];
    const [here, there] = [shareOfSum(one, other), complement(shareOfSum(other, one))];
    for (const key of ['value', 'low', 'high'] as const)
      expect(here[key]).toBeCloseTo(there[key], 9);
  });

  it('lies between its limits, and these between 0 and 1, whatever the parts are', () => {
    const random = seededRandom(seed, 'parts');
    const part = () => {
      const value = random.pick([0, random.uniform(0, 100), random.uniform(0, 1)]);
      const low = value * random.pick([0, 1, random.uniform(0, 1)]);
      return estimate(value, low, value + random.pick([0, random.uniform(0, 5 * value + 3)]));
    };
    for (let at = 0; at < 20_000; at++) {
      const [one, other] = [part(), part()];
      if (one.value + other.value === 0) continue;
      const { value, low, high } = shareOfSum(one, other);
      const told = JSON.stringify({ one, other, value, low, high });
      expect(
        low >= -1e-12 && low <= value + 1e-9 && value <= high + 1e-9 && high <= 1 + 1e-12,
        told,
      ).toBe(true);
    }
  });

  it('of nothing is no number', () => {
    expect(shareOfSum(estimate(0, 0, 1), estimate(0, 0, 1)).value).toBeNaN();
  });
});
