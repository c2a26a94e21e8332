import { expect, it } from 'vitest';
import { trendsOf } from './site-trend.ts';

const days = Array.from({ length: 21 }, (_, at) => `2027-01-${String(at + 1).padStart(2, '0')}`);
const none = { abstained: 0, failed: 0 };

/** A site that flags so many of 20 exams a day, and so many in the last week. */
function site(name: string, usual: number, last: number) {
  return days.map((day, at) => {
    const flagged = at < 14 ? usual : last;
    return { site: name, model: 'm', day, flagged, unflagged: 20 - flagged, ...none };
  });
}

it('puts those first that are unlike the weeks before, and says how', () => {
  const trends = trendsOf([...site('a', 2, 2), ...site('b', 2, 10), ...site('c', 10, 1)], days);
  expect(trends.map(({ site, drift }) => [site, drift])).toEqual([
    ['b', '50.0 % of answers are flags this week, 10.0 % before'],
    ['c', '5.0 % of answers are flags this week, 50.0 % before'],
    ['a', undefined],
  ]);
});

it('adds up weeks, and counts what was not answered beside them', () => {
  const rows = [
    ...site('a', 2, 2),
    { site: 'a', model: 'm', day: days[0]!, flagged: 0, unflagged: 0, abstained: 30, failed: 30 },
  ];
  const [trend] = trendsOf(rows, days);
  expect(trend!.weeks).toHaveLength(3);
  expect(trend!.weeks[0]).toMatchObject({ from: days[0], answered: 140, exams: 200, silent: 0.3 });
  expect(trend!.usual!.value).toBeCloseTo(0.1);
  expect(trend!.weeks[2]!.flags.low).toBeLessThan(0.1);
});

it('says nothing where too little is known', () => {
  const few = site('a', 2, 10).filter(({ day }) => day <= days[15]!);
  const fresh = site('b', 2, 10).filter(({ day }) => day >= days[14]!);
  for (const { drift } of trendsOf([...few, ...fresh], days)) expect(drift).toBeUndefined();
  expect(trendsOf([], days)).toEqual([]);
});
