import { expect, it } from 'vitest';
import { calendarDate, dayNumber, describeMoment } from './moment.ts';

it.each([
  ['the epoch', '1970-01-01T00:00:00.000Z'],
  ['a leap day', '2024-02-29T23:59:59.999Z'],
  ['the day after a leap day', '2024-03-01T00:00:00.000Z'],
  ['a century that is no leap year', '2100-02-28T12:00:00.005Z'],
  ['the day after it', '2100-03-01T12:00:00.050Z'],
  ['a century that is one', '2000-02-29T06:30:00.500Z'],
  ['before the epoch', '1969-12-31T23:59:59.999Z'],
  ['a last day of the year', '2026-12-31T23:00:00.000Z'],
])('agrees with the calendar on %s', (_name, iso) => {
  const [date = '', time = ''] = iso.replace('Z', '').split('T');
  expect(describeMoment(Date.parse(iso), 0)).toEqual({
    date: date.replaceAll('-', ''),
    time: time.replaceAll(':', ''),
    offset: '+0000',
  });
});

it('agrees with the calendar on every day of four centuries', () => {
  for (let day = 0; day < 146_097; day += 1) {
    const iso = new Date(day * 86_400_000).toISOString();
    if (describeMoment(day * 86_400_000, 0).date !== iso.slice(0, 10).replaceAll('-', ''))
      throw new Error(`differs on ${iso}`);
  }
});

it.each([
  [60, '20270101', '003000.000', '+0100'],
  [-210, '20261231', '200000.000', '-0330'],
  [330, '20270101', '050000.000', '+0530'],
])('tells the time %i minutes east of UTC', (minutes, date, time, offset) => {
  const at = Date.parse('2026-12-31T23:30:00Z');
  expect(describeMoment(at, minutes)).toEqual({ date, time, offset });
});

it('counts the days of four centuries as the calendar does', () => {
  for (let day = -73_000; day < 73_000; day += 1)
    if (dayNumber(calendarDate(day)) !== day) throw new Error(`differs on day ${day}`);
});

it.each(['', '2026', '20260229', '20261301', '20260100', '2026-1-1', '2026010x'])(
  'finds no day in %j',
  (text) => {
    expect(dayNumber(text)).toBeUndefined();
  },
);
