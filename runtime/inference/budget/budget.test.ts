import { describe, expect, it } from 'vitest';
import {
  after,
  levelAfter,
  mebibyte,
  run,
  visits,
  zone,
  type Changes,
} from '../../../tests/fixtures/budget-run.ts';
import { initialBudget } from './budget-state.ts';
import { allowanceOf, allowsBackground, describeBudget } from './budget.ts';
import { levelTable, rankOf } from './level.ts';

describe('heat', () => {
  it.each([
    [50, 'full'],
    [86.9, 'full'],
    [87.1, 'trimmed'],
    [93.1, 'minimal'],
    [97.1, 'hold'],
    [110, 'hold'],
  ] as const)('of a steady %d °C, throttling at 99 °C, allows %s', (gpu, level) => {
    expect(levelAfter(5, { celsius: { gpu } })).toBe(level);
  });

  it('counts from each zone’s own trip point', () => {
    const zones = [zone('cpu', 80, 99), zone('gpu', 75, 80)];
    expect(levelAfter(5, { zones })).toBe('minimal');
  });

  it('counts a zone without a trip point by the lowest of its chip, and a chip without any by a default', () => {
    expect(levelAfter(5, { zones: [zone('cpu', 60, 99), zone('tj', 80)] })).toBe('full');
    expect(levelAfter(5, { zones: [zone('tj', 80)] })).toBe('minimal');
    expect(levelAfter(5, { zones: [{ ...zone('tj', 80), shutsDownAt: 114.5 }] })).toBe('full');
  });

  it('takes the hotter of two sensors with one name', () => {
    const zones = [zone('Core 0', 95, 99), zone('Core 0', 50, 99)];
    expect(levelAfter(5, { zones })).toBe('minimal');
    expect(levelAfter(5, { zones: zones.toReversed() })).toBe('minimal');
  });

  it('acts on a fast rise before the limit, and not on the same temperature at rest', () => {
    const rising = run(initialBudget, 80, (second) => ({ celsius: { gpu: 50 + second / 2 } }));
    const trimmed = rising.find(({ level }) => level !== 'full');
    expect(trimmed).toMatchObject({ level: 'trimmed', cause: 'heating' });
    expect(trimmed?.temperatures['gpu']?.value).toBeLessThan(84);
    expect(levelAfter(60, { celsius: { gpu: 84 } })).toBe('full');
  });

  it.each([0.05, 0.2, 0.5, 1, 2])(
    'rising by %d °C a second is answered before it throttles, and held near it',
    (slope) => {
      const states = run(initialBudget, Math.ceil(70 / slope) + 10, (second) => ({
        celsius: { gpu: Math.min(98.9, 40 + second * slope) },
      }));
      const trimmedAt = states.findIndex(({ level }) => level !== 'full') + 1;
      expect(40 + trimmedAt * slope).toBeLessThan(89);
      const minimalAt = states.findIndex(({ level }) => rankOf(level) >= 2) + 1;
      expect(40 + minimalAt * slope).toBeLessThan(95);
      expect(states.at(-1)?.level).toBe('hold');
    },
  );

  it('is answered at once when it jumps, through no level between', () => {
    const calm = after(initialBudget, 60, { celsius: { gpu: 50 } });
    const states = run(calm, 20, { celsius: { gpu: 110 } });
    expect(states.findIndex(({ level }) => rankOf(level) >= 2)).toBeLessThan(5);
    expect(states.findIndex(({ level }) => level === 'hold')).toBeLessThan(10);
  });
});

describe('recovery', () => {
  it('goes up one level at a time, each after half a minute without a reason', () => {
    const hot = after(initialBudget, 20, { celsius: { gpu: 98.5 } });
    const states = run(hot, 300, { celsius: { gpu: 50 } });
    expect(visits(states)).toEqual(['hold', 'minimal', 'trimmed', 'full']);
    const changes = ['minimal', 'trimmed', 'full'].map((level) =>
      states.findIndex((state) => state.level === level),
    );
    const [minimal = 0, trimmed = 0, full = 0] = changes;
    expect(minimal).toBeGreaterThanOrEqual(29);
    expect(trimmed - minimal).toBe(30);
    expect(full - trimmed).toBe(30);
  });

  it('waits until it is 3 °C below the limit that was passed', () => {
    const warm = after(initialBudget, 20, { celsius: { gpu: 87.5 } });
    expect(after(warm, 600, { celsius: { gpu: 84.5 } }).level).toBe('trimmed');
    expect(after(warm, 600, { celsius: { gpu: 83.5 } }).level).toBe('full');
  });
});

describe('what cannot be read', () => {
  it('is not cool: sensors without an answer trim', () => {
    const blind = after(initialBudget, 1, { celsius: { gpu: undefined, cpu: undefined } });
    expect(blind).toMatchObject({ level: 'trimmed', cause: 'blind' });
    expect(describeBudget(blind)).toBe(
      'temperature cannot be read: batches halved, background work waits',
    );
  });

  it('is missing on a Jetson that shows no sensors', () => {
    expect(levelAfter(1, { zones: [], chip: 'tegra234' })).toBe('trimmed');
  });

  it('is not missed on a machine that has none, such as a virtual one', () => {
    expect(levelAfter(60, { zones: [] })).toBe('full');
  });

  it('is missed where it was there before', () => {
    const seen = after(initialBudget, 5, {});
    expect(after(seen, 60, { zones: [] })).toMatchObject({ level: 'trimmed', cause: 'blind' });
  });

  it('does not make a hot machine cooler because its hottest part falls silent', () => {
    const hot = after(initialBudget, 20, { celsius: { gpu: 94, cpu: 60 } });
    const states = run(hot, 29, { celsius: { gpu: undefined, cpu: 60 } });
    expect(visits(states)).toEqual(['minimal']);
  });

  it('does not stay hot for ever when a part has lost its power', () => {
    const hot = after(initialBudget, 20, { celsius: { gpu: 94, cpu: 60 } });
    expect(after(hot, 200, { celsius: { gpu: undefined, cpu: 60 } }).level).toBe('full');
  });

  it('does not matter for a short while in a cool machine', () => {
    const cool = after(initialBudget, 20, { celsius: { gpu: 50 } });
    expect(visits(run(cool, 20, { celsius: { gpu: undefined } }))).toEqual(['full']);
  });
});

describe('the kernel’s own throttling', () => {
  it('is answered whatever the temperatures say, and for as long as it toggles', () => {
    expect(after(initialBudget, 1, { throttling: true })).toMatchObject({
      level: 'minimal',
      cause: 'throttled',
    });
    const toggling = run(initialBudget, 300, (second) => ({ throttling: second % 20 === 0 }));
    expect(visits(toggling)).toEqual(['full', 'minimal']);
  });
});

describe('power', () => {
  it('near the rail’s limit trims, above it leaves the least, and never holds', () => {
    expect(levelAfter(30, { limitShare: 0.9 })).toBe('full');
    expect(levelAfter(30, { limitShare: 0.97 })).toBe('trimmed');
    expect(levelAfter(30, { limitShare: 1.1 })).toBe('minimal');
    expect(levelAfter(30, { limitShare: 3 })).toBe('minimal');
  });

  it('does not mind one spike', () => {
    const states = run(initialBudget, 60, (second) => ({ limitShare: second === 30 ? 1.5 : 0.6 }));
    expect(visits(states)).toEqual(['full']);
  });

  it('that falls silent while it was too much is still taken with care', () => {
    const over = after(initialBudget, 30, { limitShare: 1.1 });
    expect(after(over, 29, {}).level).toBe('minimal');
    expect(after(over, 300, {}).level).toBe('trimmed');
  });

  it('trims when a counter of the supply has grown, not because it stands high', () => {
    expect(levelAfter(60, { average: 5000 })).toBe('full');
    const counted = after(initialBudget, 5, { average: 5000 });
    expect(after(counted, 1, { average: 5001 })).toMatchObject({
      level: 'trimmed',
      cause: 'over-current',
    });
  });

  it('takes no counter that starts again for an event', () => {
    const counted = after(initialBudget, 5, { average: 7 });
    expect(after(counted, 1, { average: 0 }).level).toBe('full');
  });

  it.each(['average', 'underVoltage', 'oomKills'] as const)(
    'remembers the counter of %s that was silent for a while',
    (counter) => {
      const silent = after(after(initialBudget, 5, { [counter]: 7 }), 5, {});
      expect(after(silent, 1, { [counter]: 7 }).level).toBe('full');
      expect(after(silent, 1, { [counter]: 8 }).level).not.toBe('full');
    },
  );

  it('does not mind the instantaneous counter, which grows in healthy work', () => {
    const states = run(initialBudget, 60, (second) => ({ instantaneous: second * 8 }));
    expect(visits(states)).toEqual(['full']);
  });
});

describe('memory', () => {
  const peak = { fullBatchBytes: 1000 * mebibyte, oneUnitBytes: 200 * mebibyte };

  it.each([
    [1300, 'full'],
    [1200, 'trimmed'],
    [700, 'minimal'],
    [400, 'hold'],
  ] as const)('of %i MB, with a reserve of 256 MB and a learned peak, allows %s', (free, level) => {
    expect(levelAfter(1, { availableMegabytes: free }, peak)).toBe(level);
  });

  it('holds below the reserve where nothing has been learned', () => {
    expect(levelAfter(1, { availableMegabytes: 300 })).toBe('full');
    expect(levelAfter(1, { availableMegabytes: 200 })).toBe('hold');
  });

  it('does not swing with a buffer that comes and goes', () => {
    const swing = (second: number): Changes => ({
      availableMegabytes: second % 100 < 50 ? 1240 : 1300,
    });
    expect(visits(run(initialBudget, 600, swing, peak))).toEqual(['trimmed']);
    const freed = after(initialBudget, 5, { availableMegabytes: 1240 }, peak);
    expect(after(freed, 60, { availableMegabytes: 1330 }, peak).level).toBe('full');
  });

  it('counts the time lost in waiting for it', () => {
    expect(levelAfter(1, { stalled: 0.01 })).toBe('full');
    expect(levelAfter(1, { stalled: 0.06 })).toBe('trimmed');
    expect(levelAfter(1, { stalled: 0.5 })).toBe('minimal');
  });

  it('leaves the least after a process was killed for it', () => {
    const before = after(initialBudget, 5, { oomKills: 3 });
    expect(before.level).toBe('full');
    expect(after(before, 1, { oomKills: 4 })).toMatchObject({
      level: 'minimal',
      cause: 'out-of-memory',
    });
  });
});

describe('what others are told', () => {
  it('is nothing at full speed', () => {
    expect(describeBudget(initialBudget)).toBeUndefined();
    expect(allowsBackground(initialBudget)).toBe(true);
    expect(allowanceOf(initialBudget)).toBe(levelTable.full.allowance);
  });

  it('is the reason and what it means, until the level is left', () => {
    const warm = after(initialBudget, 20, { celsius: { gpu: 88 } });
    expect(describeBudget(warm)).toBe('warm: batches halved, background work waits');
    const cooling = after(warm, 5, { celsius: { gpu: 40 } });
    expect(describeBudget(cooling)).toBe('warm: batches halved, background work waits');
    expect(allowsBackground(cooling)).toBe(false);
  });
});
