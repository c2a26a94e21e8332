import { describe, expect, it } from 'vitest';
import { evaluate } from '../models/evaluation/evaluation.ts';
import { type Random, seededRandom } from '../models/phantom/random.ts';
import { makeExam, makePositive } from '../tests/quality-exams.ts';
import { makeSampleCases } from '../tests/statistics/sample-cases.ts';
import { type Figure, figureText, isKnown } from './figure.ts';
import type { JudgedExam, Truth } from './judged-exam.ts';
import { measurePerformance } from './performance.ts';
import { measureStrata } from './stratum.ts';

const seed = 343;

function truthOf(label: 0 | 1, change: Partial<Truth> = {}): Truth {
  return { ...makePositive(true).truth, label, ...change };
}

/** As many exams as said, each with its flag and, where it is not `undefined`, its label. */
function some(count: number, flagged: boolean, label?: 0 | 1, change: Partial<Truth> = {}) {
  return Array.from({ length: count }, (_, at): JudgedExam => {
    const exam = `${flagged}-${label}-${at}`;
    const score = flagged ? 0.8 : 0.2;
    const truth = label === undefined ? undefined : truthOf(label, change);
    return makeExam({ exam, patient: exam, answer: { score, flagged }, truth });
  });
}

function limits(figure: Figure) {
  if (!isKnown(figure)) throw new Error(`not estimable: ${figure.notEstimable}`);
  return figure;
}

describe('performance where the truth of every exam is known', () => {
  const { labels, first, patients } = makeSampleCases();
  const exams = labels.map((label, at) =>
    makeExam({
      exam: String(at),
      patient: patients[at]!,
      answer: { score: first[at]!, flagged: first[at]! >= 0.5 },
      truth: truthOf(label),
    }),
  );
  const performance = measurePerformance(exams);

  it('is what the evaluation of a model gives on the same cases', () => {
    const cases = labels.map((label, at) => ({
      row: at + 2,
      file: String(at),
      patient: patients[at]!,
      label,
      columns: {},
      prediction: { score: first[at]! },
    }));
    const { decided } = evaluate(
      cases,
      {
        threshold: 0.5,
        thresholdSource: 'test',
        scale: 'probability',
        subgroups: [],
        gates: [],
        bootstrap: { seed, replicates: 1 },
      },
      { description: 'made up', finding: 'any', tables: {} },
    );
    const { sensitivity, specificity, auc } = performance;
    for (const [figure, share] of [
      [sensitivity, decided.point.sensitivity],
      [specificity, decided.point.specificity],
    ] as const)
      expect(figure).toEqual({
        value: share.value,
        ...share.byPatient,
        n: share.trials,
        exact: share.clopperPearson,
        insufficient: false,
      });
    expect(auc).toEqual({ ...decided.auc, n: labels.length, insufficient: false });
  });

  it('gives predictive values at the share of patients that the exams have', () => {
    const flagged = exams.filter(({ answer }) => 'score' in answer && answer.flagged);
    const right = flagged.filter(({ truth }) => truth?.label === 1).length;
    expect(limits(performance.ppv).value).toBe(right / flagged.length);
    expect(limits(performance.ppv).n).toBe(flagged.length);
    expect(limits(performance.npv).n).toBe(exams.length - flagged.length);
  });
});

describe('a figure of nothing', () => {
  it('is not estimable, and says so', () => {
    const { sensitivity, specificity, ppv, npv, auc } = measurePerformance([]);
    for (const figure of [sensitivity, specificity, ppv, npv, auc])
      expect(figureText(figure)).toBe('not estimable (n = 0)');
  });

  it('is the sensitivity where nobody has the finding', () => {
    const { sensitivity, specificity } = measurePerformance(some(40, false, 0));
    expect(figureText(sensitivity)).toBe('not estimable (n = 0)');
    expect(figureText(specificity)).toBe('100.0 % (91.2 to 100.0 %, n = 40)');
  });

  it('is called insufficient where it is one of few', () => {
    const { sensitivity } = measurePerformance(some(3, true, 1));
    expect(figureText(sensitivity)).toBe('100.0 % (43.9 to 100.0 %, n = 3; insufficient data)');
  });

  it('is the area where one class is missing', () => {
    expect(measurePerformance(some(5, true, 1)).auc).toEqual({
      notEstimable: '5 with and 0 without the finding',
    });
  });
});

describe('performance where somebody looked at flags alone', () => {
  const { sensitivity, specificity, ppv, npv, basis } = measurePerformance([
    ...some(30, true, 1, { selection: 'by-answer' }),
    ...some(60, true, 0, { selection: 'by-answer' }),
    ...some(900, false),
  ]);

  it('is the worth of a flag, and nothing else', () => {
    expect(basis).toBe('sample');
    expect(limits(ppv).value).toBeCloseTo(1 / 3, 12);
    expect(npv).toEqual({ notEstimable: 'n = 0' });
    for (const figure of [sensitivity, specificity])
      expect(figure).toEqual({ notEstimable: 'the truth is known of no exam without a flag' });
  });
});

describe('performance with a random audit of what was not flagged', () => {
  const flagged = [...some(95, true, 1), ...some(190, true, 0)];
  const audit = { selection: 'by-answer', probability: 0.1 } as const;

  it('counts each audited exam for all that it stands for', () => {
    const { sensitivity, specificity } = measurePerformance([
      ...flagged,
      ...some(2, false, 1, audit),
      ...some(198, false, 0, audit),
      ...some(1800, false),
    ]);
    expect(limits(sensitivity).value).toBeCloseTo(95 / (95 + 20), 12);
    expect(limits(specificity).value).toBeCloseTo(1980 / (1980 + 190), 12);
  });

  it('does not take it for proof that it found no miss', () => {
    const { sensitivity } = measurePerformance([
      ...flagged,
      ...some(200, false, 0, audit),
      ...some(1800, false),
    ]);
    const { value, low } = limits(sensitivity);
    expect(value).toBe(1);
    expect(low).toBeGreaterThan(0.65);
    expect(low).toBeLessThan(0.8);
  });

  it('gives no area, for the exams were chosen by the answer', () => {
    const exams = [...some(9, true, 1, audit), ...some(9, false, 0, audit), ...some(9, false)];
    expect(measurePerformance(exams).auc).toEqual({ notEstimable: 'n = 0' });
  });

  it('misses nothing where everything was flagged', () => {
    const exams = [...some(50, true, 1, audit), ...some(50, true, 0, audit), ...some(900, true)];
    const { sensitivity, specificity } = measurePerformance(exams);
    expect(limits(sensitivity)).toMatchObject({ value: 1, low: 1, high: 1, n: 50 });
    expect(limits(specificity)).toMatchObject({ value: 0, low: 0, high: 0, n: 50 });
  });

  it('knows everything where nothing was flagged at all', () => {
    const exams = [...some(3, false, 1, audit), ...some(97, false, 0, audit), ...some(900, false)];
    const { sensitivity, specificity, ppv } = measurePerformance(exams);
    expect(limits(sensitivity).value).toBe(0);
    expect(limits(specificity).value).toBe(1);
    expect(ppv).toEqual({ notEstimable: 'n = 0' });
  });
});

/** A month of exams: sensitivity 90 %, specificity 90 %, prevalence 10 %; audits drawn more often from the doubtful. */
function drawMonth(random: Random): JudgedExam[] {
  return Array.from({ length: 3000 }, (_, at) => {
    const label = random.chance(0.1) ? 1 : 0;
    const flagged = random.chance(label === 1 ? 0.9 : 0.1);
    const doubtful = !flagged && random.chance(label === 1 ? 0.5 : 0.2);
    const probability = flagged ? 1 : doubtful ? 0.4 : 0.2;
    const truth = random.chance(probability)
      ? truthOf(label, { selection: 'by-answer', probability })
      : undefined;
    return makeExam({
      exam: String(at),
      patient: String(at),
      answer: { score: 0, flagged },
      truth,
    });
  });
}

describe(`audited months, seed ${seed}`, () => {
  it('have intervals that cover the truth in 93 to 98 %, where the plain share never does', () => {
    const random = seededRandom(seed, 'audit');
    const months = 300;
    let [covered, plain, sum] = [0, 0, 0];
    for (let at = 0; at < months; at++) {
      const exams = drawMonth(random);
      const { value, low, high } = limits(measurePerformance(exams).sensitivity);
      sum += value;
      covered += Number(low <= 0.9 && 0.9 <= high);
      const unweighted = measurePerformance(exams.filter(({ truth }) => truth));
      const biased = limits(unweighted.sensitivity);
      plain += Number(biased.low <= 0.9 && 0.9 <= biased.high);
    }
    expect(Math.abs(sum / months - 0.9)).toBeLessThan(0.005);
    expect(covered / months).toBeGreaterThanOrEqual(0.93);
    expect(covered / months).toBeLessThanOrEqual(0.98);
    expect(plain / months).toBeLessThan(0.05);
  });
});

describe('strata', () => {
  const exams = [
    makePositive(true, { exam: 'a', age: '003Y', at: Date.UTC(2026, 0, 31, 23) }),
    makePositive(false, { exam: 'b', age: '012M', scanner: 'XR-2', at: Date.UTC(2026, 1, 1) }),
    makePositive(true, { exam: 'c', age: '', sex: '', version: '1.1.0' }),
    makeExam({ exam: 'd', age: '081Y', answer: { reason: 'uncertain' } }),
  ];
  const valuesOf = (dimension: string) =>
    measureStrata(exams)
      .filter((stratum) => stratum.dimension === dimension)
      .map(({ value }) => value);

  it('part exams by everything that is asked for', () => {
    expect(valuesOf('model')).toEqual(['chest']);
    expect(valuesOf('version')).toEqual(['chest 1.0.0', 'chest 1.1.0']);
    expect(valuesOf('scanner')).toEqual(['XR-1', 'XR-2']);
    expect(valuesOf('site')).toEqual(['north']);
    expect(valuesOf('month')).toEqual(['2026-01', '2026-02']);
    expect(valuesOf('age')).toEqual(['1-4', '80+', 'unknown']);
    expect(valuesOf('sex')).toEqual(['F', 'unknown']);
  });

  it('each hold their own exams, and those without an answer as such', () => {
    const byScanner = measureStrata(exams, ['scanner']);
    const figures = byScanner.map(({ performance }) => limits(performance.sensitivity).value);
    expect(figures).toEqual([1, 0]);
    expect(byScanner[0]?.performance.counts).toEqual({
      analysed: 2,
      flagged: 2,
      verifiedFlagged: 2,
      verifiedUnflagged: 0,
      positives: 2,
      notAnalysed: 1,
      notAnalysedPositives: 0,
    });
  });
});
