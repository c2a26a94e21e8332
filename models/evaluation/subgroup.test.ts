import { describe, expect, it } from 'vitest';
import { seededRandom } from '../phantom/random.ts';
import type { Label } from './sample.ts';
import { ageBand, groupValues, measureSubgroups } from './subgroup.ts';

describe('age bands', () => {
  it.each([
    ['0', 'under 1'],
    ['1', '1-4'],
    ['17', '5-17'],
    ['018M', '1-4'],
    ['003W', 'under 1'],
    ['045Y', '40-64'],
    ['200D', 'under 1'],
    ['80', '80+'],
    ['', 'unknown'],
    ['old', 'unknown'],
  ])('puts %s into %s', (age, band) => {
    expect(ageBand(age)).toBe(band);
  });

  it('are only made of columns of ages', () => {
    expect(groupValues('age', ['7', '', '70'])).toEqual(['5-17', 'unknown', '65-79']);
    expect(groupValues('ageBand', ['young', 'old'])).toEqual(['young', 'old']);
    expect(groupValues('site', ['7', ''])).toEqual(['7', 'unknown']);
  });

  it('do not make subgroups of a measurement', () => {
    const weights = Array.from({ length: 25 }, (_, at) => String(at));
    expect(() => groupValues('weight', weights)).toThrow('has 25 values; these are no subgroups');
  });
});

describe('measureSubgroups', () => {
  const random = seededRandom(8, 'subgroups');
  const labels = Array.from({ length: 400 }, (_, at): Label => (at % 2 === 0 ? 1 : 0));
  /** Of site B the model knows nothing. */
  const sites = labels.map((_, at) => (at < 200 ? 'A' : at < 342 ? 'B' : 'C'));
  const scores = labels.map((label, at) =>
    sites[at] === 'B' ? random.uniform(0, 1) : 0.4 * label + random.uniform(0, 0.6),
  );
  const sample = { labels, scores, clusters: labels.map((_, at) => String(at)) };
  const groups = measureSubgroups(
    sample,
    0.5,
    ['site'],
    sites.map((site) => ({ site })),
  );

  it('says of fewer than 30 positives that they are too few, and tests nothing there', () => {
    expect(groups.map(({ value, sufficient }) => [value, sufficient])).toEqual([
      ['A', true],
      ['B', true],
      ['C', false],
    ]);
    expect(groups[2]?.positives).toBe(29);
    expect(groups[2]).not.toHaveProperty('p');
  });

  it('finds the site at which the model fails', () => {
    expect(groups[1]?.auc?.value).toBeLessThan(0.65);
    expect(groups[1]?.p).toBeLessThan(0.001);
  });

  it('leaves the area out where a class is missing', () => {
    const [only] = measureSubgroups(
      { labels: [1, 1], scores: [0.1, 0.9], clusters: ['a', 'b'] },
      0.5,
      ['x'],
      [{ x: 'v' }, { x: 'v' }],
    );
    expect(only).not.toHaveProperty('auc');
    expect(only?.point.sensitivity.value).toBe(0.5);
  });
});
