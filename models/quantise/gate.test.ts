import { describe, expect, it } from 'vitest';
import { type Answers, compareAnswers, type Comparison } from './compare.ts';
import { judge, type Measured } from './gate.ts';

const decision = { threshold: 0.5, temperature: 1 };
const flat = (...values: number[]) => Float32Array.from(values);

/** Answers to as many images as there are logits, each with a map of 3 x 3 and an embedding of two numbers. */
function answers(logits: number[], peaks: number[], embedding = [1, 0]): Answers {
  const maps = peaks.flatMap((peak) => Array.from({ length: 9 }, (_, at) => Number(at === peak)));
  const count = logits.length;
  return {
    logits: { values: flat(...logits), dims: [count, 1] },
    cam: { values: flat(...maps), dims: [count, 1, 3, 3] },
    embedding: { values: flat(...logits.flatMap(() => embedding)), dims: [count, 2] },
  };
}

const labels = flat(0, 0, 1, 1);
const float32 = answers([-2, -1, 1, 2], [0, 0, 0, 0]);
const compare = (int8: Answers, truth: Float32Array | undefined = labels): Comparison =>
  compareAnswers(float32, int8, { labels: truth, decisions: [decision] });

describe('two models', () => {
  it('that answer alike differ in nothing', () => {
    expect(compare(float32)).toMatchObject({
      images: 4,
      findings: [{ auc: { float32: 1, int8: 1 }, flips: 0 }],
      maxDifference: 0,
      meanDifference: 0,
      embeddingCosine: 1,
      camAgreement: 1,
    });
  });

  it('are compared at the same threshold', () => {
    const { findings } = compare(answers([-2, 1, -1, 2], [0, 0, 0, 0]));
    expect(findings[0]).toEqual({
      auc: { float32: 1, int8: 0.75 },
      sensitivity: { float32: 1, int8: 0.5 },
      specificity: { float32: 1, int8: 0.5 },
      flips: 2,
    });
  });

  it('count a tie half, and what nobody knows not at all', () => {
    const tied = compare(answers([0, 0, 0, 0], [0, 0, 0, 0]));
    expect(tied.findings[0]?.auc?.int8).toBe(0.5);
    const unknown = compare(answers([-2, 9, 1, 2], [0, 0, 0, 0]), flat(0, NaN, 1, 1));
    expect(unknown.findings[0]?.auc?.int8).toBe(1);
  });

  it('have no area under the curve where one class or every label is missing', () => {
    expect(compare(float32, flat(1, 1, 1, 1)).findings[0]?.auc).toBeUndefined();
    const { findings } = compareAnswers(float32, float32, {
      labels: undefined,
      decisions: [decision],
    });
    expect(findings[0]).toEqual({
      auc: undefined,
      sensitivity: undefined,
      specificity: undefined,
      flips: 0,
    });
  });

  it('agree on a map that peaks one cell away, of the images that are positive', () => {
    expect(compare(answers([-2, -1, 1, 2], [8, 8, 4, 2])).camAgreement).toBe(0.5);
  });

  it('are measured by the worst embedding', () => {
    expect(compare(answers([-2, -1, 1, 2], [0, 0, 0, 0], [1, 1])).embeddingCosine).toBeCloseTo(
      Math.SQRT1_2,
    );
  });

  it('are refused where they answer for another number of findings', () => {
    const given = { labels, decisions: [decision, decision] };
    expect(() => compareAnswers(float32, float32, given)).toThrow('another number of findings');
  });
});

describe('the gate', () => {
  const good: Measured = {
    operators: 13,
    int8Operators: 12,
    bytes: { float32: 100, int8: 27 },
    comparison: compare(float32),
  };
  const missed = (measured: Measured) =>
    judge(measured)
      .filter(({ kept }) => !kept)
      .map(({ figure }) => figure);
  const withComparison = (change: Partial<Comparison>): Measured => ({
    ...good,
    comparison: { ...good.comparison, ...change },
  });
  const [finding] = good.comparison.findings;

  it('lets a graph pass that keeps every limit', () => {
    expect(missed(good)).toEqual([]);
  });

  it.each<[string, Measured]>([
    ['operators left in float32', { ...good, int8Operators: 11 }],
    ['size beside float32', { ...good, bytes: { float32: 100, int8: 51 } }],
    [
      'loss of AUC',
      withComparison({ findings: [finding!, { ...finding!, auc: { float32: 0.9, int8: 0.894 } }] }),
    ],
    ['loss of AUC', withComparison({ findings: [finding!, { ...finding!, auc: undefined }] })],
    [
      'share of decisions that flip',
      withComparison({ images: 199, findings: [finding!, { ...finding!, flips: 1 }] }),
    ],
    ['largest difference of a probability', withComparison({ maxDifference: 0.16 })],
    ['mean difference of a probability', withComparison({ meanDifference: 0.03 })],
    ['mean difference of a probability', withComparison({ meanDifference: NaN })],
    ['smallest cosine of an embedding', withComparison({ embeddingCosine: 0.98 })],
    ['share of maps that peak alike', withComparison({ camAgreement: 0.89 })],
  ])('names %s where it misses its limit', (figure, measured) => {
    expect(missed(measured)).toEqual([figure]);
  });

  it('asks no embedding of a model that has none', () => {
    expect(missed(withComparison({ embeddingCosine: undefined }))).toEqual([]);
  });
});
