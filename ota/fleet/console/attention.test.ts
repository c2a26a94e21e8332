import { describe, expect, it } from 'vitest';
import { day, device, hour, rollout, start } from '../../../tests/fleet-samples.ts';
import type { FleetDevice } from '../fleet-device.ts';
import { needsOf, sortByNeed, spanOf, whatNeedsAHuman } from './attention.ts';
import type { SiteTrend } from './site-trend.ts';

const now = start;
const failed = { rollout: 'r', state: 'failed', step: 'trial', code: 'TRIAL_FAILED' } as const;
const condition = (id: string, priority: 'high' | 'medium' | 'low') => ({ id, priority });

describe('a device needs a human', () => {
  const rows: [string, Partial<FleetDevice>, string, string][] = [
    [
      'whose results may be wrong',
      { conditions: [condition('clock-jumped', 'high')] },
      'condition-high',
      'clock-jumped',
    ],
    [
      'that says it wants something',
      { conditions: [condition('pacs-failing', 'medium')] },
      'condition-medium',
      'pacs-failing',
    ],
    [
      'whose certificate has ended',
      { certificateEnds: now - 2 * day },
      'certificate-over',
      'a certificate ended 2 days ago',
    ],
    [
      'whose certificate ends soon',
      { certificateEnds: now + 29 * day },
      'certificate-ends',
      'a certificate ends in 29 days',
    ],
    [
      'that was not heard for a day',
      { seen: now - day - hour, connected: false },
      'device-lost',
      'not heard for 1 day',
    ],
    ['that was never heard', { seen: 0 }, 'never-heard', 'it has never said anything'],
    ['whose update failed', { update: failed }, 'update-failed', 'r: TRIAL_FAILED'],
    ['whose disk is nearly full', { diskFree: 9 }, 'disk-low', '9 % of its disk is free'],
  ];
  it.each(rows)('%s', (_, more, reason, text) => {
    expect(needsOf(device('d', more), now)).toMatchObject([{ reason, text, name: 'd' }]);
  });

  it('never for what is as it should be, nor of a device that was revoked', () => {
    const good = {
      conditions: [condition('no-pacs', 'low')],
      certificateEnds: now + 31 * day,
      seen: now - day,
      diskFree: 10,
      update: { ...failed, state: 'committed' },
    } as const;
    expect(needsOf(device('good', { ...good, conditions: [...good.conditions] }), now)).toEqual([]);
    expect(needsOf(device('gone', { seen: 0, revoked: true }), now)).toEqual([]);
  });
});

describe('the fleet', () => {
  const trend: SiteTrend = { site: 'east', model: 'm', weeks: [], usual: undefined, drift: 'more' };

  it('says everything that needs a human, the most urgent first, then by name', () => {
    const needs = whatNeedsAHuman({
      now,
      devices: [
        device('b', { diskFree: 1 }),
        device('c', { conditions: [condition('disk-refusing', 'high')] }),
        device('a', { diskFree: 1, update: failed }),
      ],
      rollouts: [
        rollout({ name: 'p', state: 'paused', because: 'night' }),
        rollout({ name: 's', state: 'stopped', because: '1 of 1 devices failed' }),
        rollout({ name: 'slow', since: now - 4 * day }),
        rollout({ name: 'fine', since: now - 2 * day }),
        rollout({ name: 'done', state: 'done', since: 0 }),
      ],
      trends: [trend, { ...trend, drift: undefined }],
    });
    expect(needs.map(({ reason, name }) => `${reason} ${name}`)).toEqual([
      'rollout-stopped s',
      'condition-high c',
      'update-failed a',
      'site-drift m',
      'disk-low a',
      'disk-low b',
      'rollout-slow slow',
      'rollout-paused p',
    ]);
    expect(needs[0]).toMatchObject({ text: 'wave 1 of 1: 1 of 1 devices failed' });
  });

  it('lists devices by need, then by silence, then by name, and not by name alone', () => {
    const sorted = sortByNeed(
      [
        device('a'),
        device('b', { seen: start - hour }),
        device('c', { diskFree: 1 }),
        device('d', { certificateEnds: now - 1 }),
        device('e', { diskFree: 1, seen: 0 }),
      ],
      now,
    );
    expect(sorted.map((each) => each.device.id)).toEqual(['d', 'e', 'c', 'b', 'a']);
  });

  it.each([
    [0, '0 seconds'],
    [90_000, '1 minute'],
    [23 * hour, '23 hours'],
    [25 * hour, '1 day'],
    [-5, '0 seconds'],
  ])('says %i ms as %s', (ms, words) => {
    expect(spanOf(ms)).toBe(words);
  });
});
