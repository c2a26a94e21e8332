import { describe, expect, it } from 'vitest';
import { bootstrap } from './bootstrap.ts';
import type { Label } from './sample.ts';

const labels = Array.from({ length: 40 }, (_, at): Label => (at < 8 ? 1 : 0));
const clusters = labels.map((_, at) => `p${Math.floor(at / 2)}`);
const options = { seed: 7, replicates: 300 };
const share = (cases: number[]) => [cases.reduce((sum, at) => sum + at, 0) / cases.length];

describe('bootstrap', () => {
  it('gives the same interval for the same seed, and another for another', () => {
    const once = bootstrap(labels, clusters, share, options);
    expect(bootstrap(labels, clusters, share, options)).toEqual(once);
    expect(bootstrap(labels, clusters, share, { ...options, seed: 8 })).not.toEqual(once);
  });

  it('keeps a patient’s images together, each class as large as it is, and the order of the cases', () => {
    const seen: number[][] = [];
    bootstrap(labels, clusters, (cases) => [seen.push(cases)], options);
    for (const cases of seen) {
      const times = (at: number) => cases.filter((each) => each === at).length;
      expect(cases).toEqual(cases.toSorted((a, b) => a - b));
      expect(cases.filter((at) => labels[at] === 1)).toHaveLength(8);
      for (let at = 0; at < 40; at += 2) expect(times(at)).toBe(times(at + 1));
    }
    expect(new Set(seen.map(String)).size).toBeGreaterThan(290);
  });

  it('leaves out a sample in which a figure is not there', () => {
    let call = 0;
    const figures = () => [call++ % 2 === 0 ? Number.NaN : 5];
    expect(bootstrap(labels, clusters, figures, options)).toEqual([{ low: 5, high: 5 }]);
  });
});
