import { describe, expect, it } from 'vitest';
import { type AuditPlan, auditsPerMiss, drawForAudit } from './audit-sample.ts';

const plan: AuditPlan = {
  secret: 'of this device',
  unflagged: 0.05,
  doubtful: 0.3,
  doubtfulFrom: 0.3,
  flagged: 1,
};

const exams = Array.from({ length: 20_000 }, (_, at) => `2.25.${at}`);
const drawnOf = (change: Partial<AuditPlan>, score: number) =>
  exams.filter(
    (exam) => drawForAudit({ ...plan, ...change }, exam, { score, flagged: false }).drawn,
  );

describe('the audit sample', () => {
  it.each([
    [0.1, 0.05],
    [0.3, 0.3],
    [0.45, 0.3],
  ])('draws exams without a flag and a score of %d with probability %d', (score, probability) => {
    const [exam = ''] = exams;
    expect(drawForAudit(plan, exam, { score, flagged: false }).probability).toBe(probability);
    const share = drawnOf({}, score).length / exams.length;
    expect(Math.abs(share - probability)).toBeLessThan(4 * Math.sqrt(probability / exams.length));
  });

  it('draws flags as the plan says', () => {
    const flagged = { score: 0.9, flagged: true };
    for (const exam of exams.slice(0, 100))
      expect(drawForAudit(plan, exam, flagged)).toEqual({ drawn: true, probability: 1 });
    expect(drawForAudit({ ...plan, flagged: 0 }, 'any', flagged).drawn).toBe(false);
  });

  it('draws the same exams again, and more of them only where a share is raised', () => {
    const drawn = drawnOf({}, 0.1);
    expect(drawnOf({}, 0.1)).toEqual(drawn);
    const more = new Set(drawnOf({ unflagged: 0.08 }, 0.1));
    expect(drawn.every((exam) => more.has(exam))).toBe(true);
    expect(more.size).toBeGreaterThan(drawn.length);
  });

  it('cannot be foreseen without the secret', () => {
    const other = new Set(drawnOf({ secret: 'of another' }, 0.1));
    const both = drawnOf({}, 0.1).filter((exam) => other.has(exam)).length;
    expect(both / exams.length).toBeLessThan(0.01);
  });
});

it.each([
  [0.05, 343],
  [0.02, 883],
])('at a prevalence of %d it takes %d audits to find a miss', (prevalence, audits) => {
  expect(Math.round(auditsPerMiss(prevalence, 0.95, 0.9))).toBe(audits);
});
