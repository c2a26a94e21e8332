import { describe, expect, it } from 'vitest';
import { type Gateable, judgeGates, readGate } from './gate.ts';
import { operatingPoint, predictiveValues } from './operating-point.ts';
import type { Label } from './sample.ts';
import type { Subgroup } from './subgroup.ts';

/** `positives` cases with the finding, of which nine in ten are flagged, and as many without, all left alone. */
function pointOf(positives: number) {
  const labels = Array.from({ length: 2 * positives }, (_, at): Label => (at < positives ? 1 : 0));
  const flags = labels.map((label, at) => label === 1 && at % 10 !== 0);
  return operatingPoint(
    labels,
    flags,
    labels.map((_, at) => String(at)),
  );
}

function subgroup(value: string, positives: number): Subgroup {
  const point = pointOf(positives);
  return {
    column: 'sex',
    value,
    cases: 2 * positives,
    positives,
    sufficient: positives >= 30,
    point,
  };
}

function figures(positives: number): Gateable {
  const estimate = { value: 0.95, low: 0.9, high: 0.99 };
  const point = pointOf(positives);
  return {
    decided: { point, auc: estimate, prAuc: estimate, ece: { value: 0.05, low: 0.02, high: 0.1 } },
    all: point,
    notAnalysed: { low: 0, high: 0.03 },
    predictive: predictiveValues(point.outcomes, 0.05),
    subgroups: [subgroup('F', 100), subgroup('M', 20)],
  };
}

const outcome = (text: string, positives = 200) =>
  judgeGates([readGate(text)], figures(positives)).map((result) => result.outcome);

describe('gates', () => {
  it.each([
    ['the lower limit, not the figure', 'sensitivity>=0.9', ['missed']],
    ['a lower limit that is high enough', 'sensitivity >= 0.85', ['passed']],
    ['a limit that is just reached', 'auc>=0.9', ['passed']],
    ['the upper limit of an error', 'ece<=0.09', ['missed']],
    ['an error that is small enough', 'ece<=0.1', ['passed']],
    ['silence', 'not-analysed<=0.03', ['passed']],
    ['all cases', 'all-sensitivity>=0.85', ['passed']],
    ['every subgroup', 'sex:sensitivity>=0.8', ['passed', 'insufficient']],
    ['a subgroup without an area', 'sex:auc>=0.5', ['missed', 'insufficient']],
  ])('read %s', (_, text, expected) => {
    expect(outcome(text)).toEqual(expected);
  });

  it.each(['sensitivity>=0.1', 'specificity>=0.1', 'auc>=0.1', 'ece<=1'])(
    'never pass %s on fewer than 30 positives',
    (text) => {
      expect(outcome(text, 29)).toEqual(['insufficient']);
      expect(outcome(text, 30)).toEqual(['passed']);
    },
  );

  it.each(['sensitivity', 'sensitivity<=0.9', 'ece>=0.1', 'sex:ppv>=0.1', 'beauty>=1', 'auc>=x'])(
    'refuse %s',
    (text) => {
      expect(() => readGate(text)).toThrow('SCORES_INVALID');
    },
  );

  it('refuse a figure or a column that is not there', () => {
    const { predictive: _, ...without } = figures(100);
    expect(() => judgeGates([readGate('ppv>=0.1')], without)).toThrow('needs a prevalence');
    expect(() => judgeGates([readGate('brier<=0.1')], without)).toThrow('are probabilities');
    expect(() => judgeGates([readGate('site:auc>=0.1')], without)).toThrow('no subgroup column');
  });
});
