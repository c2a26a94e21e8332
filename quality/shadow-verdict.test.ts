import { describe, expect, it } from 'vitest';
import { compareShadow } from './shadow-comparison.ts';
import { defaultGate, type ShadowExam } from './shadow-exam.ts';
import { judgeShadow, type LabelledVerdict } from './shadow-verdict.ts';

const gate = { minStudies: 50, minHours: 24, maxDisagreement: 0.05, maxP95Ms: 1000 };

/** `count` exams, of which the first `differing` differ and the first `slow` take too long. */
function compared(count: number, { differing = 0, slow = 0 } = {}) {
  return compareShadow(
    Array.from({ length: count }, (_, at): ShadowExam => ({
      exam: `${at}`,
      at,
      active: 'no-flag',
      candidate: at < differing ? 'flagged' : 'no-flag',
      ms: at < slow ? 2000 : 500,
      answers: [],
    })),
  );
}

const verdictOf = (...args: Parameters<typeof judgeShadow>) => judgeShadow(...args).verdict;

describe('the verdict of a comparison', () => {
  it('passes once the data exclude that the two disagree more often than is allowed', () => {
    // R: binom.test(0, 71)$conf.int[2] is 0.0506, of 72 it is 0.0499.
    expect(verdictOf(gate, compared(71), 24)).toBe('continue');
    expect(verdictOf(gate, compared(72), 24)).toBe('pass');
  });

  it.each<[string, Parameters<typeof judgeShadow>, string]>([
    ['exams', [{ ...gate, minStudies: 100 }, compared(99), 30], '99 exams of at least 100'],
    ['hours', [gate, compared(500), 23.9], '23 hours of at least 24'],
    ['exams, of which there is none', [{ ...gate, minStudies: 0 }, compared(0), 30], '0 exams'],
  ])('does not pass for want of %s', (_, args, reason) => {
    const { verdict, reasons } = judgeShadow(...args);
    expect(verdict).toBe('continue');
    expect(reasons.join()).toContain(reason);
  });

  it('fails as soon as chance does not explain the disagreement, before the count is full', () => {
    expect(verdictOf(gate, compared(20, { differing: 2 }), 1)).toBe('continue');
    const { verdict, reasons } = judgeShadow(gate, compared(20, { differing: 6 }), 1);
    expect(verdict).toBe('fail');
    expect(reasons).toEqual([
      'they disagree on 6 of 20 exams (11.9 % to 54.3 %); at most 5 % may be',
    ]);
  });

  it('holds the candidate to its time, where one was signed for', () => {
    expect(verdictOf(gate, compared(200, { slow: 10 }), 24)).toBe('pass');
    expect(verdictOf(gate, compared(200, { slow: 12 }), 24)).toBe('continue');
    expect(verdictOf(gate, compared(200, { slow: 40 }), 24)).toBe('fail');
    const free = { ...gate, maxP95Ms: undefined };
    expect(verdictOf(free, compared(200, { slow: 200 }), 24)).toBe('pass');
  });

  it.each<[LabelledVerdict, string]>([
    ['superior', 'pass'],
    ['non-inferior', 'pass'],
    ['inconclusive', 'pass'],
    ['insufficient-data', 'pass'],
    ['inferior', 'fail'],
  ])('with a candidate that is %s by reports: %s', (labelled, expected) => {
    expect(verdictOf(gate, compared(200), 24, [labelled])).toBe(expected);
  });

  it('counts where nothing was signed for', () => {
    expect(verdictOf(defaultGate, compared(99), 0)).toBe('continue');
    expect(verdictOf(defaultGate, compared(100), 0)).toBe('pass');
    expect(verdictOf(defaultGate, compared(100, { differing: 30 }), 0)).toBe('fail');
  });
});
