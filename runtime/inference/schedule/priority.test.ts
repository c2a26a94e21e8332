import { describe, expect, it } from 'vitest';
import { defaultTargets, deadlineOf } from './deadline.ts';
import { type StatRule, urgencyOf, type UrgencyFacts } from './priority.ts';
import { priorities } from './work.ts';

const rules: StatRule[] = [
  { callingAeTitle: 'ER_CT' },
  { modality: 'CR', bodyPartExamined: 'CHEST' },
  {},
];

describe('urgency', () => {
  it.each<[string, UrgencyFacts]>([
    ['raised on the panel', { raised: true }],
    ['sent with high priority', { storePriority: 1 }],
    ['the procedure was requested as STAT', { requestedProcedurePriority: 'STAT ' }],
    ['the procedure was requested as HIGH', { requestedProcedurePriority: 'HIGH' }],
    ['the rule for ER_CT', { callingAeTitle: 'ER_CT ' }],
    ['the rule for CHEST, CR', { modality: 'CR', bodyPartExamined: 'Chest' }],
  ])('is there when %s', (because, facts) => {
    expect(urgencyOf(facts, rules)).toEqual({ priority: 'stat', because });
  });

  it.each<[string, UrgencyFacts]>([
    ['nothing is said', {}],
    ['it was sent with medium priority', { storePriority: 0 }],
    ['it was sent with low priority', { storePriority: 2 }],
    ['the procedure is routine', { requestedProcedurePriority: 'ROUTINE' }],
    ['half of a rule is met', { modality: 'CR', bodyPartExamined: 'HAND' }],
    ['it was not raised', { raised: false }],
  ])('is not there when %s', (_, facts) => {
    expect(urgencyOf(facts, rules).priority).toBe('routine');
  });
});

describe('deadlines', () => {
  it('count from the last image that the result needs', () => {
    expect(deadlineOf(defaultTargets, 'image', 'routine', 5000)).toBe(6000);
    expect(deadlineOf(defaultTargets, 'series', 'routine', 5000)).toBe(7000);
  });

  it.each(['image', 'series'] as const)('are the shorter the more urgent an %s is', (kind) => {
    const { stat, routine, ...others } = defaultTargets[kind];
    expect(stat).toBeLessThan(routine);
    for (const other of Object.values(others)) expect(routine).toBeLessThan(other);
    expect(Object.keys(defaultTargets[kind])).toEqual([...priorities]);
  });
});
