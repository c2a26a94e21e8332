import { describe, expect, it } from 'vitest';
import { day, hour, item, rollout, start } from '../../../tests/fleet-samples.ts';
import { applyEvent, judgeProgress } from './progress.ts';
import type { ItemState, RolloutItem } from './rollout.ts';

const told = (id: string, state: ItemState, more: Partial<RolloutItem> = {}) =>
  item(id, { state, mode: 'install', isLatest: true, expires: start + 7 * day, ...more });
const many = (count: number, state: ItemState, wave = 0) =>
  Array.from({ length: count }, (_, at) => told(`${state}${wave}-${at}`, state, { wave }));
const eventOf = (...args: Parameters<typeof judgeProgress>) => judgeProgress(...args).event;

describe('a wave', () => {
  it('is sent to its devices and to no later wave', () => {
    const items = [item('a'), item('b'), item('c', { wave: 1 })];
    expect(judgeProgress(rollout(), items, start).orders).toEqual([
      { device: 'a', mode: 'install' },
      { device: 'b', mode: 'install' },
    ]);
  });

  it('takes one device of a site at a time', () => {
    const items = [item('a', { site: 'x' }), item('b', { site: 'x' }), item('c', { site: 'y' })];
    const devices = (of: RolloutItem[]) =>
      judgeProgress(rollout(), of, start).orders.map(({ device }) => device);
    expect(devices(items)).toEqual(['a', 'c']);
    expect(devices([told('a', 'assigned', { site: 'x' }), ...items.slice(1)])).toEqual(['c']);
    expect(devices([told('a', 'committed', { site: 'x' }), ...items.slice(1)])).toEqual(['b', 'c']);
  });

  it('settles when enough have committed, not before', () => {
    expect(eventOf(rollout(), [...many(8, 'committed'), ...many(2, 'assigned')], start)).toBe(
      undefined,
    );
    const settled = [...many(9, 'committed'), ...many(1, 'assigned')];
    expect(eventOf(rollout(), settled, start)).toBe('wave-settled');
  });

  it('is judged by health: worse stops it at once, too little known is no pass', () => {
    const exams = { candidate: 10, before: 500, needed: 100 };
    const health = (state: 'waiting' | 'good' | 'worse') => ({ state, exams, measures: [] });
    const items = many(1, 'committed');
    const soaking = rollout({ state: 'soaking' });
    const over = start + hour;
    expect(eventOf(soaking, items, over, health('waiting'))).toBe(undefined);
    expect(eventOf(soaking, items, over, health('good'))).toBe('last-wave-passed');
    expect(eventOf(soaking, items, start, health('worse'))).toBe('health-worse');
    expect(eventOf(rollout(), items, start, health('worse'))).toBe('health-worse');
    expect(eventOf(rollout(), items, start, health('waiting'))).toBe('wave-settled');
  });

  it('is watched for the whole soak before the next one, or the end', () => {
    const soaking = rollout({ state: 'soaking', waves: 2 });
    const items = [...many(1, 'committed'), item('next', { wave: 1 })];
    expect(judgeProgress(soaking, items, start + hour - 1)).toMatchObject({
      event: undefined,
      orders: [],
    });
    expect(eventOf(soaking, items, start + hour)).toBe('next-wave');
    expect(eventOf({ ...soaking, waves: 1 }, items.slice(0, 1), start + hour)).toBe(
      'last-wave-passed',
    );
  });

  it('does not count devices that were revoked or that a later rollout has taken', () => {
    const gone = [told('r', 'assigned', { revoked: true }), told('s', 'superseded')];
    expect(eventOf(rollout(), [...many(1, 'committed'), ...gone], start)).toBe('wave-settled');
  });
});

describe('a bad canary', () => {
  it('stops the rollout with no further wave', () => {
    const items = [told('canary', 'failed'), item('b', { wave: 1 })];
    const { event, because, orders } = judgeProgress(rollout({ waves: 2 }), items, start);
    expect({ event, because, orders }).toEqual({
      event: 'too-many-failed',
      because: '1 of 1 devices failed',
      orders: [],
    });
    const stopped = applyEvent(rollout({ waves: 2 }), 'too-many-failed', start, because);
    expect(judgeProgress(stopped, items, start + 30 * day)).toMatchObject({
      event: undefined,
      orders: [],
    });
  });

  it('stops it in the soak too, and counts failures of the waves before', () => {
    const items = [...many(40, 'committed'), ...many(2, 'failed', 1), ...many(2, 'committed', 1)];
    const soaking = rollout({ state: 'soaking', wave: 1, waves: 3 });
    expect(eventOf(soaking, items, start)).toBe(undefined);
    expect(eventOf(soaking, items, start + hour)).toBe('gate-missed');
    expect(eventOf(soaking, [...items, ...many(2, 'failed', 0)], start)).toBe('too-many-failed');
  });
});

describe('what a device was told', () => {
  const modes = (more: Parameters<typeof rollout>[0], items: RolloutItem[], now = start) =>
    judgeProgress(rollout(more), items, now).orders.map(({ device, mode }) => `${device} ${mode}`);

  it('is taken back while the rollout stands, and said again when it goes on', () => {
    const items = [told('a', 'assigned'), told('b', 'committed'), item('c')];
    expect(modes({ state: 'paused' }, items)).toEqual(['a pause']);
    expect(modes({ state: 'stopped' }, items)).toEqual(['a pause']);
    const paused = [told('a', 'assigned', { mode: 'pause' }), item('c', { wave: 1 })];
    expect(modes({ state: 'paused' }, paused)).toEqual([]);
    expect(modes({ state: 'running' }, paused)).toEqual(['a install']);
  });

  it('is said again before it ends to be valid, where it was not carried out', () => {
    const items = [told('a', 'assigned'), told('b', 'failed'), ...many(20, 'committed')];
    expect(
      modes({ state: 'soaking', plan: { ...rollout().plan, soakMs: 30 * day } }, items),
    ).toEqual([]);
    const later = start + 4 * day + 1;
    expect(modes({ state: 'done' }, items, later)).toEqual(['a install']);
  });

  it('is undone by a rollback, where the device can go back and nothing newer was said', () => {
    const items = [
      told('a', 'committed'),
      told('b', 'failed'),
      told('c', 'committed', { isLatest: false }),
      told('d', 'committed', { before: 'f'.repeat(64) }),
      item('e'),
    ];
    expect(modes({ state: 'rolling-back' }, items)).toEqual(['a rollback', 'b rollback']);
    const back = items.map((each) =>
      /[ab]/.test(each.device) ? { ...each, state: 'returned' as const } : each,
    );
    expect(eventOf(rollout({ state: 'rolling-back' }), back, start)).toBe('returned');
    expect(eventOf(rollout({ state: 'rolling-back' }), items, start)).toBe(undefined);
  });
});

it('starts by itself, and counts every change', () => {
  const planned = rollout({ state: 'planned' });
  expect(eventOf(planned, [item('a')], start)).toBe('started');
  expect(applyEvent(planned, 'started', start + 5)).toMatchObject({
    state: 'running',
    since: start + 5,
    revision: 2,
  });
});
