import { expect, it } from 'vitest';
import { isActive, nextState, rolloutTable, type RolloutEvent } from './rollout-state.ts';

const states = Object.keys(rolloutTable) as (keyof typeof rolloutTable)[];
const events = new Set(
  states.flatMap((state) => Object.keys(rolloutTable[state])),
) as Set<RolloutEvent>;

it('goes on as the table says and refuses every other event', () => {
  for (const state of states)
    for (const event of events) {
      const next = (rolloutTable[state] as Partial<Record<RolloutEvent, string>>)[event];
      if (next) expect(nextState(state, event)).toBe(next);
      else expect(() => nextState(state, event)).toThrow('ROLLOUT_REFUSED');
    }
});

it('can go back from every state that has not gone back yet', () => {
  const backs = states.filter((state) => 'rollback' in rolloutTable[state]);
  expect(states.filter((state) => !backs.includes(state))).toEqual(['rolling-back', 'rolled-back']);
});

it('reaches every state from the first one', () => {
  const reached = new Set<string>(['planned']);
  for (const state of reached)
    for (const next of Object.values(rolloutTable[state as keyof typeof rolloutTable]))
      reached.add(next);
  expect([...reached].sort()).toEqual([...states].sort());
});

it('frees its devices when it has ended', () => {
  expect(states.filter((state) => !isActive(state))).toEqual(['done', 'rolled-back']);
});
