import { describe, expect, it } from 'vitest';
import { abstentionEnrichment, coverageCurve } from './abstention.ts';
import type { Label } from './sample.ts';

const labels = Array.from({ length: 100 }, (_, at): Label => (at < 20 ? 1 : 0));

describe('abstention', () => {
  it('is found out where it hides the sick', () => {
    const hidden = labels.map((_, at) => at < 9 || at > 98);
    const test = abstentionEnrichment(labels, hidden);
    expect(test).toMatchObject({ abstained: 10, abstainedPositives: 9, decidedPositives: 11 });
    expect(test.p).toBeLessThan(1e-5);
  });

  it('is nothing to note where it has nothing to do with the finding', () => {
    const fair = labels.map((_, at) => at % 10 === 0);
    expect(abstentionEnrichment(labels, fair).p).toBeGreaterThan(0.5);
    expect(
      abstentionEnrichment(
        labels,
        labels.map(() => false),
      ).p,
    ).toBe(1);
  });

  it('raises sensitivity and specificity where the unsure cases are the wrong ones', () => {
    const scores = labels.map((label, at) =>
      at % 10 === 0 ? 0.5 - 0.02 * label : label ? 0.9 : 0.1,
    );
    const curve = coverageCurve(labels, scores, 0.5);
    expect(curve[0]).toMatchObject({ coverage: 1, sensitivity: 0.9, specificity: 0.9 });
    expect(curve[2]).toMatchObject({ coverage: 0.9, sensitivity: 1, specificity: 1 });
    expect(curve[2]?.enrichment).toMatchObject({ abstained: 10, abstainedPositives: 2 });
  });
});
