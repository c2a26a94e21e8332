import { expect, it } from 'vitest';
import { seededRandom } from '../models/phantom/random.ts';
import { estimateFromConfidence } from './estimated-performance.ts';

const seed = 5;

/** Exams whose finding has the chance that `truth` makes of the model's probability. */
function draw(truth: (score: number) => number) {
  const random = seededRandom(seed, 'confidence');
  return Array.from({ length: 20_000 }, () => {
    const score = random.uniform(0, 1) ** 2;
    return { score, flagged: score >= 0.3, label: random.chance(truth(score)) };
  });
}

function sensitivityOf(exams: ReturnType<typeof draw>): number {
  const positives = exams.filter(({ label }) => label);
  return positives.filter(({ flagged }) => flagged).length / positives.length;
}

it('is right where the probabilities are', () => {
  const exams = draw((score) => score);
  const { sensitivity = 0, exams: count } = estimateFromConfidence(exams);
  expect(count).toBe(20_000);
  expect(Math.abs(sensitivity - sensitivityOf(exams))).toBeLessThan(0.02);
});

it('does not see that the model has become worse, and so may trigger nothing', () => {
  const worse = draw((score) => 0.2 + 0.6 * score);
  const { sensitivity = 0 } = estimateFromConfidence(worse);
  expect(sensitivity - sensitivityOf(worse)).toBeGreaterThan(0.1);
});

it('is not there without exams', () => {
  expect(estimateFromConfidence([])).toEqual({
    basis: 'own-probabilities',
    exams: 0,
    sensitivity: undefined,
    specificity: undefined,
  });
});
