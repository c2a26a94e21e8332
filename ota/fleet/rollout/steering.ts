import { ScansideError } from '../../../device/errors.ts';
import type { FleetStore } from '../store/fleet-store.ts';
import { applyEvent } from './progress.ts';
import type { RolloutEvent, RolloutState } from './rollout-state.ts';

export interface Steering {
  rollout: string;
  event: RolloutEvent;
  /** Why, and who, for the history. */
  because: string;
  actor: string;
  /** Milliseconds since 1970 UTC. */
  now: number;
}

/** Has a person's will done with a rollout; its new state. Throws ROLLOUT_UNKNOWN, ROLLOUT_REFUSED. */
export async function steerRollout(store: FleetStore, steering: Steering): Promise<RolloutState> {
  const { rollout, event, because, actor, now } = steering;
  const before = await store.rollout(rollout);
  const after = applyEvent(before, event, now, because);
  if (event === 'retry') await store.retryFailed(before);
  if (await store.advance({ before, after, event, actor, now, issues: [] })) return after.state;
  throw new ScansideError('ROLLOUT_REFUSED', 'it has just gone on by itself: look, then try again');
}
