import { expect, it } from 'vitest';
import { beginTrust, type Cause, moveTrust } from './trust.ts';

const rule: Cause = { event: 'alarm-raised', mover: 'rule', user: '', reason: '', at: 20 };

it('moves by the table, says who moved it, and keeps the charts that a rule has read', () => {
  const moved = moveTrust(beginTrust('chest', 'a', 10), rule);
  expect(moved).toEqual({
    trust: { model: 'chest', hash: 'a', state: 'restricted', since: 20, chartsSince: 10 },
    move: { ...rule, model: 'chest', hash: 'a', was: 'normal', isNow: 'restricted' },
    anew: false,
  });
});

it.each([
  ['released', 'radiologist'],
  ['replaced', 'update'],
  ['previous-proved', 'rule'],
] as const)('begins the charts anew when it is %s', (event, mover) => {
  const trust = { ...beginTrust('chest', 'a', 10), state: 'paused' as const };
  const moved = moveTrust(trust, { ...rule, event, mover }, 'b');
  expect(moved).toMatchObject({ anew: true, trust: { chartsSince: 20, hash: 'b' } });
});

it('stays where the cause means nothing, or is not this mover’s', () => {
  const trust = beginTrust('chest', 'a', 10);
  expect(moveTrust(trust, { ...rule, event: 'watch-cleared' })).toBeUndefined();
  expect(moveTrust(trust, { ...rule, event: 'stopped' })).toBeUndefined();
});
