import { describe, expect, it } from 'vitest';
import { latencyBins, type ModelCounts } from '../store/model-day.ts';
import { describeHealth, judgeHealth } from './health.ts';

/** A thousand exams that went well: 10 % flagged, 2 % abstained, 2 s each. */
function counts(more: Partial<ModelCounts> = {}, bin = 13): ModelCounts {
  const latency = Array.from({ length: latencyBins }, (_, at) => (at === bin ? 1000 : 0));
  return { flagged: 98, unflagged: 880, abstained: 20, failed: 2, latency, ...more };
}

describe('a release', () => {
  it('is good where nothing differs by more than chance', () => {
    const health = judgeHealth(counts(), counts({ flagged: 110, unflagged: 868 }), 100);
    expect(health.state).toBe('good');
    expect(health.measures.map(({ name }) => name)).toEqual([
      'errors',
      'abstained',
      'flags',
      'latency p95',
    ]);
  });

  const worse: [string, Partial<ModelCounts>, number, string][] = [
    [
      'fails more often',
      { failed: 30, unflagged: 852 },
      13,
      'errors 3.0 % (2.1 to 4.3), before 0.2',
    ],
    ['abstains more often', { abstained: 80, unflagged: 820 }, 13, 'abstained 8.0 %'],
    ['flags more', { flagged: 180, unflagged: 798 }, 13, 'flags 18.4 %'],
    ['flags less', { flagged: 30, unflagged: 948 }, 13, 'flags 3.1 %'],
    ['is slower', {}, 20, 'latency p95 12.6 s (12.6 to 12.6), before 2.5 s'],
  ];
  it.each(worse)('is worse where it %s', (_, more, bin, words) => {
    const health = judgeHealth(counts(), counts(more, bin), 100);
    expect(health.state).toBe('worse');
    expect(describeHealth(health)).toContain(words);
    expect(health.measures.filter(({ isWorse }) => isWorse)).toHaveLength(1);
  });

  it('is not worse for failing, abstaining or taking time less often', () => {
    const better = counts({ failed: 0, abstained: 0, flagged: 100, unflagged: 900 }, 5);
    expect(judgeHealth(counts({ failed: 40, abstained: 60 }), better, 100).state).toBe('good');
  });

  const none = counts({ flagged: 0, unflagged: 0, abstained: 0, failed: 0, latency: [] });
  it.each([
    ['nothing was told of it', counts(), none],
    ['nothing was told of the versions before', none, counts()],
    [
      'too few exams were',
      counts(),
      counts({ flagged: 9, unflagged: 80, abstained: 9, failed: 1 }),
    ],
  ])('waits where %s: that is not a pass', (_, before, candidate) => {
    const health = judgeHealth(before, candidate, 100);
    expect(health.state).toBe('waiting');
    expect(describeHealth(health)).toMatch(/of 100 each$/);
  });
});
