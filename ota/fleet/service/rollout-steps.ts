import { isoInstant } from '../../../device/clock.ts';
import { issueAssignment } from '../director.ts';
import { type Health, judgeHealth } from '../rollout/health.ts';
import { applyEvent, judgeProgress } from '../rollout/progress.ts';
import type { Rollout } from '../rollout/rollout.ts';
import type { SigningKey } from '../signing-key.ts';
import type { FleetStore } from '../store/fleet-store.ts';
import type { RolloutWatch } from './rollout-watch.ts';

export interface StepParts {
  store: FleetStore;
  watch: RolloutWatch;
  director: SigningKey;
}

/** Assignments of one transaction. */
const issuesAtOnce = 200;

/** Does one step of a rollout. Resolves to whether there may be another one; nothing is done twice by two services. */
export async function stepRollout(
  { store, watch, director }: StepParts,
  rollout: Rollout,
  now: number,
): Promise<boolean> {
  const items = await watch.items(rollout, now);
  const health = await healthOf(store, rollout, now);
  const { event, because, orders } = judgeProgress(rollout, items, now, health);
  if (!event && orders.length === 0) return false;
  const byDevice = new Map(items.map((item) => [item.device, item]));
  const issues = orders
    .slice(0, issuesAtOnce)
    .map(({ device, mode }) =>
      issueAssignment(rollout, byDevice.get(device)!, mode, director, now),
    );
  const after = event ? applyEvent(rollout, event, now, because) : rollout;
  return store.advance({ before: rollout, after, event, actor: 'service', now, issues });
}

/** Milliseconds of the versions before that are compared with a release. */
const comparedMs = 30 * 24 * 3600_000;

/** How a release does on the devices that were told of it; undefined where its plan does not ask, or it does not move. */
export async function healthOf(
  store: FleetStore,
  { name, plan, state }: Rollout,
  now: number,
): Promise<Health | undefined> {
  if (!plan.exams || (state !== 'running' && state !== 'soaking')) return undefined;
  const since = isoInstant(now - comparedMs).slice(0, 10);
  const { before, candidate } = await store.modelDays.compare(name, plan.release, since);
  return judgeHealth(before, candidate, plan.exams);
}
