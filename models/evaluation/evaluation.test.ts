import { describe, expect, it } from 'vitest';
import { seededRandom } from '../phantom/random.ts';
import type { Case } from './case-table.ts';
import { evaluate, type Question } from './evaluation.ts';
import { readGate } from './gate.ts';
import type { Label } from './sample.ts';

const question: Question = {
  threshold: 0.5,
  thresholdSource: 'as asked for',
  scale: 'probability',
  subgroups: ['sex'],
  gates: [],
  prevalence: 0.05,
  bootstrap: { seed: 1, replicates: 200 },
};
const source = { description: 'a test', finding: 'label', tables: {} };

/** Of `positives` cases with the finding and twice as many without; every tenth with it is not analysed. */
function makeCases(positives: number): Case[] {
  const random = seededRandom(6, 'evaluation');
  return Array.from({ length: 3 * positives }, (_, at): Case => {
    const label: Label = at < positives ? 1 : 0;
    const score = 0.45 * label + random.uniform(0, 0.55);
    const silent = label === 1 && at % 10 === 0;
    return {
      row: at + 2,
      file: `f${at}`,
      patient: `p${at}`,
      label,
      columns: { sex: at % 2 ? 'F' : 'M' },
      prediction: silent ? { reason: 'quality' } : { score },
    };
  });
}

describe('evaluate', () => {
  const cases = makeCases(100);
  const evaluation = evaluate(cases, question, source);

  it('counts every case once, and the silent ones by reason', () => {
    expect(evaluation.counts).toMatchObject({ cases: 300, patients: 300, positives: 100 });
    expect(evaluation.counts.notAnalysed).toEqual([
      { reason: 'quality', cases: 10, positives: 10 },
    ]);
    expect(evaluation.decided.point.sensitivity.trials).toBe(90);
  });

  it('takes a case without an answer for wrong where all are counted', () => {
    const { decided, all } = evaluation;
    expect(all.sensitivity.successes).toBe(decided.point.sensitivity.successes);
    expect(all.sensitivity.trials).toBe(100);
    expect(all.outcomes.falseNegatives).toBe(decided.point.outcomes.falseNegatives + 10);
    const healthy = cases.map((each): Case => ({ ...each, label: each.label === 1 ? 0 : 1 }));
    expect(evaluate(healthy, question, source).all.specificity.trials).toBe(100);
    expect(evaluate(healthy, question, source).all.outcomes.falsePositives).toBeGreaterThan(9);
  });

  it('says that silence was kept about the sick', () => {
    expect(evaluation.remarks.join()).toContain('have the finding more often than the others');
  });

  it('says that what was trained on is no evidence', () => {
    const trained = cases.map((each, at) =>
      at < 7 ? { ...each, columns: { part: 'train' } } : each,
    );
    expect(evaluate(trained, question, source).remarks.join()).toContain('7 cases are of the part');
  });

  it('is the same again, byte by byte', () => {
    expect(JSON.stringify(evaluate(cases, question, source))).toBe(JSON.stringify(evaluation));
  });

  it('does not let a perfect small sample pass for certain', () => {
    const perfect = makeCases(40).map((each): Case => ({
      ...each,
      prediction: { score: each.label === 1 ? 0.9 : 0.1 },
    }));
    const { decided } = evaluate(perfect, question, source);
    expect(decided.auc.value).toBe(1);
    // 40 patients with the finding, none ranked wrong: 0.025 ** (1 / 40).
    expect(decided.auc.low).toBeCloseTo(0.9119, 4);
  });

  it('says of fewer than 30 cases of a class that they are too few', () => {
    const gates = [readGate('sensitivity>=0.1')];
    const few = evaluate(makeCases(29), { ...question, gates }, source);
    expect(few.gates[0]?.outcome).toBe('insufficient');
    expect(few.remarks.join()).toContain('Insufficient data: 26 cases with and 58 without');
  });

  it('leaves calibration out where scores are ranks', () => {
    const ranks = evaluate(cases, { ...question, scale: 'rank' }, source);
    expect(ranks).not.toHaveProperty('calibration');
    expect(ranks.decided).not.toHaveProperty('ece');
    expect(ranks.decided.auc).toEqual(evaluation.decided.auc);
  });

  it.each([
    [
      'no answer',
      () => cases.map((each): Case => ({ ...each, prediction: { reason: 'paused' } })),
      'no case was analysed: paused 300',
    ],
    ['one class', () => cases.slice(0, 100), 'every case has the finding'],
  ])('refuses cases with %s', (_, make, message) => {
    expect(() => evaluate(make(), question, source)).toThrow(message);
  });

  it('shouts where the bundle is a demonstration', () => {
    const model = {
      name: 'm',
      version: '1.0.0',
      hash: '',
      status: 'demo',
      notice: 'No use.',
    } as const;
    expect(evaluate(cases, question, { ...source, model }).remarks[0]).toBe(
      'Not for clinical use. No use.',
    );
  });
});
