import { describe, expect, it } from 'vitest';
import { initialBudget } from './budget-state.ts';
import { allowanceOf, stepBudget } from './budget.ts';
import type { Level } from './level.ts';
import { ramp, simulatedReadings, surroundingsAt, throttlesAt } from './replay.ts';
import { restingHeat, smallBoard, stepHeat, withoutFan } from './thermal-model.ts';

interface Replay {
  /** Times that the simulated chip began to throttle. */
  edges: number;
  hottest: number;
  levels: Level[];
  lastLevel: Level;
}

/** The ramp with work for the share `demand` of the time, under the budget or without one. */
function replay(demand: number, budgeted: boolean): Replay {
  let heat = restingHeat(smallBoard, surroundingsAt(0), demand);
  let budget = initialBudget;
  const chips: number[] = [];
  const levels: Level[] = [];
  for (let at = 0; at < ramp.endMs; at += 1000) {
    const duty = budgeted ? Math.min(demand, allowanceOf(budget).duty) : demand;
    heat = stepHeat(smallBoard, heat, surroundingsAt(at), duty, 1000);
    budget = stepBudget(budget, { at, machine: simulatedReadings(heat), peak: undefined });
    chips.push(heat.chip);
    if (levels.at(-1) !== budget.level) levels.push(budget.level);
  }
  const edges = chips.filter(
    (chip, at) => chip >= throttlesAt && (chips[at - 1] ?? 0) < throttlesAt,
  );
  return { edges: edges.length, hottest: Math.max(...chips), levels, lastLevel: budget.level };
}

describe('the simulated ramp', () => {
  it('makes a busy board without a budget throttle', () => {
    expect(replay(1, false).edges).toBe(1);
  });

  it.each([1, 0.75, 0.5, 0.3])(
    'of a board under the budget shows no throttling (demand %d)',
    (demand) => {
      const { edges, hottest } = replay(demand, true);
      expect(edges).toBe(0);
      expect(hottest).toBeLessThan(97);
    },
  );

  it('is passed through level by level, without swinging, and ends at full speed', () => {
    const { levels, lastLevel } = replay(1, true);
    expect(levels).toEqual(['full', 'trimmed', 'minimal', 'trimmed', 'full']);
    expect(lastLevel).toBe('full');
  });
});

describe('the simulated board', () => {
  it('goes to where it rests, more slowly in the sink than in the chip', () => {
    const around = { celsius: 25, ...withoutFan };
    const rest = restingHeat(smallBoard, around, 1);
    expect(rest.chip).toBeCloseTo(25 + 9.3 * 6.2, 6);
    const start = restingHeat(smallBoard, around, 0);
    const soon = stepHeat(smallBoard, start, around, 1, 10_000);
    expect(soon.chip - start.chip).toBeGreaterThan(3);
    expect(soon.sink - start.sink).toBeLessThan(1);
    const end = stepHeat(smallBoard, start, around, 1, 3_600_000);
    expect(end.chip).toBeCloseTo(rest.chip, 1);
  });

  it('reaches two thirds of its way in about the time that was measured of such a board', () => {
    const around = { celsius: 40, ...withoutFan };
    const cold = { chip: 40, sink: 40 };
    const { chip } = stepHeat(smallBoard, cold, around, 1, 6.6 * 60_000);
    const way = (chip - 40) / (restingHeat(smallBoard, around, 1).chip - 40);
    expect(way).toBeGreaterThan(0.6);
    expect(way).toBeLessThan(0.8);
  });
});
