import { describe, expect, it } from 'vitest';
import { compareShadow, correlationOf, type Difference } from './shadow-comparison.ts';
import type { ShadowAnswer, ShadowExam } from './shadow-exam.ts';

const said = (score: number) => ({ score, flagged: score >= 0.5 });
const answer = (active: number, candidate: number, finding = 'nodule'): ShadowAnswer => ({
  finding,
  active: said(active),
  candidate: said(candidate),
});
const stateOf = (score: number) => (score >= 0.5 ? 'flagged' : 'no-flag');

function exam(active: number, candidate: number, change: Partial<ShadowExam> = {}): ShadowExam {
  return {
    exam: `${active} ${candidate}`,
    at: 1,
    active: stateOf(active),
    candidate: stateOf(candidate),
    ms: 100,
    answers: [answer(active, candidate)],
    ...change,
  };
}

describe('a comparison', () => {
  it.each<[string, ShadowExam, Difference | undefined]>([
    ['a flag of both', exam(0.9, 0.6), undefined],
    ['a flag of neither', exam(0.1, 0.4), undefined],
    ['a flag of the candidate', exam(0.1, 0.6), 'gained'],
    ['a flag of the active one', exam(0.6, 0.1), 'lost'],
    [
      'flags of other findings',
      exam(0.9, 0.9, { answers: [answer(0.9, 0.1), answer(0.1, 0.9, 'mass')] }),
      'other-finding',
    ],
    ['silence of the candidate', exam(0.9, 0.9, { candidate: 'timeout' }), 'only-active'],
    ['silence of the active one', exam(0.9, 0.9, { active: 'uncertain' }), 'only-candidate'],
    [
      'silence of both',
      exam(0.9, 0.9, { active: 'uncertain', candidate: 'model-fault' }),
      undefined,
    ],
  ])('knows %s', (_, one, difference) => {
    const { by, disagreed } = compareShadow([one]);
    expect(disagreed).toBe(difference ? 1 : 0);
    expect(Object.entries(by).filter(([, count]) => count > 0)).toEqual(
      difference ? [[difference, 1]] : [],
    );
  });

  it('counts, with the exact interval and the time of the 95th of a hundred', () => {
    const many = Array.from({ length: 100 }, (_, at) =>
      exam(at < 5 ? 0.9 : 0.1, 0.1, { exam: `${at}`, ms: at + 1 }),
    );
    const compared = compareShadow(many);
    expect(compared).toMatchObject({ exams: 100, disagreed: 5, p95Ms: 95 });
    expect(compared.by.lost).toBe(5);
    // R: binom.test(5, 100)$conf.int
    expect(compared.disagreement.low).toBeCloseTo(0.01643187918, 9);
    expect(compared.disagreement.high).toBeCloseTo(0.11283491111, 9);
    // R: binom.test(5, 5)$p.value
    expect(compared.findings).toMatchObject([
      { finding: 'nodule', exams: 100, lost: 5, p: 0.0625 },
    ]);
  });

  it('says of nothing that everything is possible', () => {
    expect(compareShadow([])).toMatchObject({
      exams: 0,
      disagreement: { value: 0, low: 0, high: 1 },
      p95Ms: 0,
      findings: [],
    });
  });

  it('counts exams without an answer of either, and correlates only what both have answered', () => {
    const mute = { reason: 'uncertain' };
    const exams = [
      exam(0.1, 0.2),
      exam(0.4, 0.3),
      exam(0.9, 0.8),
      exam(0.9, 0.9, {
        candidate: 'uncertain',
        answers: [{ finding: 'nodule', active: said(0.9), candidate: mute }],
      }),
    ];
    const { abstained, findings } = compareShadow(exams);
    expect(abstained).toEqual({ active: 0, candidate: 1, both: 0 });
    expect(findings[0]!.exams).toBe(3);
    // R: cor(c(.1, .4, .9), c(.2, .3, .8))
    expect(findings[0]!.correlation).toBeCloseTo(0.975000211002, 12);
  });
});

describe('a correlation', () => {
  it.each<[string, [number, number][], number | undefined]>([
    [
      'the same',
      [
        [1, 2],
        [2, 4],
        [3, 6],
      ],
      1,
    ],
    [
      'the reverse',
      [
        [1, 3],
        [2, 2],
        [3, 1],
      ],
      -1,
    ],
    [
      'one side that never changes',
      [
        [1, 2],
        [2, 2],
        [3, 2],
      ],
      undefined,
    ],
    [
      'two pairs',
      [
        [1, 2],
        [2, 3],
      ],
      undefined,
    ],
  ])('of %s', (_, pairs, expected) => {
    const found = correlationOf(pairs);
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toBeCloseTo(expected, 12);
  });
});
