import { describe, expect, it } from 'vitest';
import { priorities } from '../schedule/work.ts';
import { levels, levelTable, rankOf } from './level.ts';

describe('the table of levels', () => {
  it('allows less from level to level', () => {
    for (const [at, level] of levels.entries()) {
      const { better, allowance } = levelTable[level];
      expect(rankOf(better)).toBe(Math.max(0, at - 1));
      const before = levelTable[better].allowance;
      expect(allowance.duty).toBeLessThanOrEqual(before.duty);
      expect(allowance.batchShare).toBeLessThanOrEqual(before.batchShare);
      expect(before.classes).toEqual(expect.arrayContaining([...allowance.classes]));
    }
  });

  it('keeps urgent work running until all of it is held', () => {
    expect(levelTable.full.allowance.classes).toEqual(priorities);
    expect(levelTable.minimal.allowance.classes).toContain('stat');
    expect(levelTable.hold.allowance).toMatchObject({ duty: 0, classes: [] });
  });

  it('lets a single unit run wherever anything may', () => {
    for (const level of levels) expect(levelTable[level].allowance.batchShare).toBeGreaterThan(0);
  });
});
