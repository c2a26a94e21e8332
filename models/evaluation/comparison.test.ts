import { describe, expect, it } from 'vitest';
import { seededRandom } from '../phantom/random.ts';
import type { Case } from './case-table.ts';
import { compare, type ComparisonQuestion, isPass, pairCases } from './comparison.ts';
import type { Label } from './sample.ts';

const question: ComparisonQuestion = {
  thresholds: [0.5, 0.5],
  margins: { sensitivity: 0.05, specificity: 0.05, auc: 0.02 },
  subgroups: ['site'],
  bootstrap: { seed: 1, replicates: 200 },
};

function makeCases(count: number, score: (label: Label, at: number) => number | undefined): Case[] {
  return Array.from({ length: count }, (_, at): Case => {
    const label: Label = at % 2 === 0 ? 1 : 0;
    const value = score(label, at);
    return {
      row: at + 2,
      file: `f${at}`,
      patient: `p${at}`,
      label,
      columns: { site: at < count - 20 ? 'A' : 'B' },
      prediction: value === undefined ? { reason: 'quality' } : { score: value },
    };
  });
}

const random = seededRandom(9, 'comparison');
const noise = Array.from({ length: 400 }, () => random.uniform(0, 0.6));
const good = (label: Label, at: number) => 0.4 * label + (noise[at] ?? 0);

describe('compare', () => {
  it('finds a model non-inferior to itself, and no flip', () => {
    const comparison = compare(makeCases(400, good), makeCases(400, good), question);
    expect(comparison.verdict).toBe('non-inferior');
    expect(comparison.auc).toMatchObject({ z: 0, p: 1 });
    expect(comparison.flips).toEqual([]);
    expect(comparison.agreement.value).toBe(1);
  });

  it('sees a loss of sensitivity behind a gain of specificity', () => {
    const timid = makeCases(400, (label, at) => Math.max(0, good(label, at) - 0.2));
    const { sensitivity, specificity, auc, verdict, flips } = compare(
      makeCases(400, good),
      timid,
      question,
    );
    expect(sensitivity.verdict).toBe('inferior');
    expect(specificity.verdict).toBe('superior');
    expect(auc.p).toBeGreaterThan(0.05);
    expect(verdict).toBe('inferior');
    expect(sensitivity.test.onlyFirst).toBe(flips.filter(({ kind }) => kind === 'lost').length);
    expect(specificity.test.onlySecond).toBe(flips.filter(({ kind }) => kind === 'cleared').length);
    expect(flips.every(({ kind }) => kind === 'lost' || kind === 'cleared')).toBe(true);
  });

  it('never passes where too few have the finding', () => {
    const few = compare(makeCases(58, good), makeCases(58, good), question);
    expect(few.verdict).toBe('insufficient-data');
    expect(isPass(few.verdict)).toBe(false);
  });

  it('leaves out what one of them did not answer, and says so', () => {
    const silent = makeCases(400, (label, at) => (at < 7 ? undefined : good(label, at)));
    const { counts, remarks } = compare(makeCases(400, good), silent, question);
    expect(counts).toMatchObject({ cases: 393, onlyFirst: 7, onlySecond: 0, neither: 0 });
    expect(remarks[0]).toContain('7 cases that only the first answered');
  });

  it('tests no subgroup with fewer than 30 positives', () => {
    const { subgroups } = compare(makeCases(400, good), makeCases(400, good), question);
    expect(subgroups.map(({ value, p }) => [value, p !== undefined])).toEqual([
      ['A', true],
      ['B', false],
    ]);
  });
});

describe('pairCases', () => {
  const cases = makeCases(4, good);
  const other = (change: (each: Case) => Partial<Case>) =>
    cases.map((each) => (each.file === 'f2' ? { ...each, ...change(each) } : each));

  it.each<[string, Case[], string]>([
    ['a case that is missing', cases.slice(1), 'the second lacks the case "f0"'],
    ['another label', other(() => ({ label: 0 })), 'different things of label or patient of "f2"'],
    ['another patient', other(() => ({ patient: 'x' })), 'label or patient of "f2"'],
    ['another case', [...cases, { ...cases[0]!, file: 'new' }], 'the first lacks the case "new"'],
  ])('refuses %s', (_, second, message) => {
    expect(() => pairCases(cases, second)).toThrow(message);
  });
});
