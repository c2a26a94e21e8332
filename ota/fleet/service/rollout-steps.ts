import { issueAssignment } from '../director.ts';
import { applyEvent, judgeProgress } from '../rollout/progress.ts';
import type { Rollout } from '../rollout/rollout.ts';
import type { SigningKey } from '../signing-key.ts';
import type { FleetStore } from '../store/fleet-store.ts';

/** Assignments of one transaction. */
const issuesAtOnce = 200;

/** Does one step of a rollout. Resolves to whether there may be another one; nothing is done twice by two services. */
export async function stepRollout(
  store: FleetStore,
  rollout: Rollout,
  director: SigningKey,
  now: number,
): Promise<boolean> {
  const items = await store.items(rollout);
  const { event, because, orders } = judgeProgress(rollout, items, now);
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
