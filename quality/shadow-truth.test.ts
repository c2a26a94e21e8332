import { expect, it } from 'vitest';
import { seededRandom } from '../models/phantom/random.ts';
import type { ShadowExam } from './shadow-exam.ts';
import { compareWithTruth, type KnownTruth } from './shadow-truth.ts';

const random = seededRandom(4, 'shadow-truth');
const said = (score: number) => ({ score, flagged: score >= 0.5 });

/** Exams every second of which has the finding; the candidate is told how much less it sees. */
function play(count: number, loss: number) {
  const truth = new Map<string, KnownTruth>();
  const exams = Array.from({ length: count }, (_, at): ShadowExam => {
    const label = at % 2 === 0 ? 1 : 0;
    truth.set(`${at}`, { label, patient: `p${at}` });
    const score = 0.4 * label + random.uniform(0, 0.6);
    const answers = [
      {
        finding: 'nodule',
        active: said(score),
        candidate: said(Math.max(0, score - loss * label)),
      },
    ];
    return { exam: `${at}`, at, active: '', candidate: '', ms: 1, answers };
  });
  return compareWithTruth(exams, truth, 'nodule', [0.5, 0.5]);
}

it('tells a loss of sensitivity that the reference standard shows', () => {
  const { comparison, positives, negatives } = play(400, 0.3);
  expect([positives, negatives]).toEqual([200, 200]);
  expect(comparison?.verdict).toBe('inferior');
  expect(comparison?.sensitivity.verdict).toBe('inferior');
  expect(comparison?.specificity.test).toMatchObject({ onlyFirst: 0, onlySecond: 0 });
});

it('passes a candidate that says the same', () => {
  expect(play(400, 0).comparison?.verdict).toBe('non-inferior');
});

it('concludes nothing from fewer than thirty of either', () => {
  expect(play(59, 0.3)).toEqual({
    finding: 'nodule',
    positives: 30,
    negatives: 29,
    comparison: undefined,
  });
});
