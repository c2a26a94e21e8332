import { expect, it } from 'vitest';
import { makePositive } from '../tests/quality-exams.ts';
import { ticketOf } from './retraining-ticket.ts';
import { judgeSensitivity } from './sensitivity-watch.ts';

const of = { model: 'chest', version: '1.0.0', finding: 'pneumonia', since: 0 };

function judge(misses: number) {
  const exams = Array.from({ length: misses }, (_, at) =>
    makePositive(false, { exam: String(at) }),
  );
  return judgeSensitivity({ exams, since: 0, period: { from: 0, to: Infinity } });
}

it('an alarm makes a ticket, of counts alone', () => {
  expect(ticketOf(judge(6), of)).toEqual({
    ...of,
    reasons: ['model-chart-over-limit', 'site-chart-over-limit'],
    positives: 6,
    hits: 0,
  });
});

it('a watch makes none', () => {
  expect(judge(5).level).toBe('watch');
  expect(ticketOf(judge(5), of)).toBeUndefined();
});
