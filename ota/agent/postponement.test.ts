import { expect, it } from 'vitest';
import { emptyJournal, type Journal } from './journal.ts';
import { mostPostponements, postpone, postponementOf, postponeMs } from './postponement.ts';
import type { UpdateState } from './update-table.ts';

const now = 1_800_000_000_000;
const hour = 3600_000;

function journal(
  state: UpdateState,
  change: Partial<NonNullable<Journal['update']>> = {},
): Journal {
  const until = now + 24 * hour;
  const standing = { state, attempts: 0 };
  const update = { seq: 7, mode: 'install' as const, until, items: [], at: 0, standing, ...change };
  return { ...emptyJournal, update };
}

it('puts an exchange off by two hours, three times', () => {
  let put = journal('ready');
  for (let count = 1; count <= mostPostponements; count++) {
    put = postpone(put, now + count);
    expect(postponementOf(put, now + count)).toEqual({
      left: mostPostponements - count,
      until: now + count + postponeMs,
    });
  }
  expect(() => postpone(put, now)).toThrow('ACT_REFUSED');
  expect(postponementOf(put, now + 3 * hour)).toEqual({ left: 0 });
});

it('counts anew for another assignment', () => {
  const { postponed } = postpone(journal('ready'), now);
  const next = { ...journal('downloading', { seq: 8 }), postponed };
  expect(postponementOf(next, now)).toEqual({ left: mostPostponements });
});

it.each<UpdateState>(['trial', 'returning'])(
  'puts off nothing in %s: it answers already',
  (state) => {
    expect(postponementOf(journal(state), now)).toEqual({ left: 0 });
    expect(() => postpone(journal(state), now)).toThrow('ACT_REFUSED');
  },
);

it('puts off neither a way back nor a comparison', () => {
  for (const mode of ['rollback', 'shadow'] as const)
    expect(() => postpone(journal('ready', { mode }), now)).toThrow('ACT_REFUSED');
});

it('puts off nothing where nothing is under way', () => {
  expect(() => postpone(emptyJournal, now)).toThrow('ACT_REFUSED');
});

it('leaves an hour before the deadline, and is refused in it', () => {
  const short = journal('ready', { until: now + 2 * hour });
  expect(postponementOf(postpone(short, now), now).until).toBe(now + hour);
  expect(() => postpone(short, now + hour)).toThrow('ACT_REFUSED');
});
