import type { ItemState, Mode } from './rollout.ts';

/** States of the update agent in which an assignment has come to nothing. */
const failures = ['failed', 'rolled-back'];

/** What a report of the update agent makes of a device in a rollout; undefined for a step on the way. */
export function outcomeOf(mode: Mode, agentState: string): ItemState | undefined {
  const state = agentState.toLowerCase().replaceAll('_', '-');
  if (failures.includes(state)) return 'failed';
  if (state !== 'committed') return undefined;
  return mode === 'rollback' ? 'returned' : 'committed';
}
