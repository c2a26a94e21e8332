import { describeHealth, type Health } from './health.ts';
import type { Mode, Rollout, RolloutItem } from './rollout.ts';
import { nextState, type RolloutEvent } from './rollout-state.ts';

/** What a device is to be told. */
export interface Order {
  device: string;
  mode: Mode;
}

/** What is to be done about a rollout now; without an event it stays in its state. */
export interface Progress {
  event: RolloutEvent | undefined;
  /** Why, for an event that stops it. */
  because: string;
  orders: Order[];
}

/** Milliseconds before the end of its validity at which an assignment that was not carried out is issued again. */
const renewBefore = 3 * 24 * 3600_000;

/**
 * Looks at a rollout and its devices. `now`: milliseconds since 1970 UTC; `health`: of the release, where the plan wants it
 * judged. Nothing is decided by what was said before.
 */
export function judgeProgress(
  rollout: Rollout,
  items: readonly RolloutItem[],
  now: number,
  health?: Health,
): Progress {
  const { event, because = '' } = judgeState(rollout, items, now, health);
  const orders = event ? [] : ordersOf(rollout, items, now);
  return { event, because, orders };
}

/** The rollout after an event. Throws ROLLOUT_REFUSED. */
export function applyEvent(
  rollout: Rollout,
  event: RolloutEvent,
  now: number,
  because = '',
): Rollout {
  const state = nextState(rollout.state, event);
  const wave = rollout.wave + (event === 'next-wave' ? 1 : 0);
  return { ...rollout, state, wave, since: now, because, revision: rollout.revision + 1 };
}

interface Judgement {
  event: RolloutEvent | undefined;
  because?: string;
}

function judgeState(
  rollout: Rollout,
  items: readonly RolloutItem[],
  now: number,
  health: Health | undefined,
): Judgement {
  const { state, plan, wave, waves, since } = rollout;
  if (state === 'planned') return { event: 'started' };
  if (state === 'rolling-back')
    return { event: allReturned(rollout, items) ? 'returned' : undefined };
  if (state !== 'running' && state !== 'soaking') return { event: undefined };
  const reached = items.filter((item) => item.wave <= wave && !isGone(item));
  const failed = reached.filter((item) => item.state === 'failed').length;
  if (failed > (reached.length * plan.failPercent) / 100)
    return { event: 'too-many-failed', because: `${failed} of ${reached.length} devices failed` };
  if (health?.state === 'worse') return { event: 'health-worse', because: describeHealth(health) };
  const { committed, needed } = gateOf(rollout, items);
  if (state === 'running') return { event: committed >= needed ? 'wave-settled' : undefined };
  if (now - since < plan.soakMs) return { event: undefined };
  if (committed < needed)
    return {
      event: 'gate-missed',
      because: `${committed} of ${needed} devices run it after the soak`,
    };
  // Not enough data yet is not a pass: the wave is watched for longer.
  if (health?.state === 'waiting') return { event: undefined };
  return { event: wave + 1 < waves ? 'next-wave' : 'last-wave-passed' };
}

/** How many devices of the wave have committed, and how many must have. */
export function gateOf(
  { plan, wave }: Rollout,
  items: readonly RolloutItem[],
): { committed: number; needed: number } {
  const own = items.filter((item) => item.wave === wave && !isGone(item));
  const committed = own.filter(({ state }) => state === 'committed').length;
  return { committed, needed: Math.ceil((own.length * plan.gatePercent) / 100) };
}

/** Nothing is expected any more of a device that was revoked or that a later rollout has taken. */
function isGone({ state, revoked }: RolloutItem): boolean {
  return revoked || state === 'superseded';
}

function allReturned(rollout: Rollout, items: readonly RolloutItem[]): boolean {
  return items.every((item) => !goesBack(rollout, item) || item.state === 'returned');
}

/** Whether a rollback concerns a device: it was told something, nothing newer, and what it ran before is published. */
export function goesBack({ plan }: Rollout, item: RolloutItem): boolean {
  const isTold = item.mode !== undefined && item.isLatest && !isGone(item);
  return isTold && plan.releases.some(({ sha256 }) => sha256 === item.before);
}

function ordersOf(rollout: Rollout, items: readonly RolloutItem[], now: number): Order[] {
  const told = items.flatMap((item) => {
    const mode = desiredMode(rollout, item);
    const isDue = mode !== item.mode || item.expires - now < renewBefore;
    return mode && isDue ? [{ device: item.device, mode }] : [];
  });
  return [...told, ...firstOrders(rollout, items)];
}

/** What a device that was told already is to be told now; undefined where it needs no more. */
function desiredMode(rollout: Rollout, item: RolloutItem): Mode | undefined {
  if (!item.isLatest || isGone(item) || item.mode === undefined) return undefined;
  switch (rollout.state) {
    case 'rolling-back':
      return goesBack(rollout, item) && item.state !== 'returned' ? 'rollback' : undefined;
    case 'paused':
    case 'stopped':
      return item.state === 'assigned' ? 'pause' : undefined;
    case 'running':
    case 'soaking':
    case 'done':
      return item.state === 'assigned' ? 'install' : undefined;
    default:
      return undefined;
  }
}

/** Devices that wait, up to this wave: of every site one at a time. */
function firstOrders({ state, wave }: Rollout, items: readonly RolloutItem[]): Order[] {
  if (state !== 'running' && state !== 'soaking' && state !== 'done') return [];
  const busy = new Set(items.filter((item) => item.state === 'assigned').map(({ site }) => site));
  return items.flatMap((item) => {
    if (item.state !== 'waiting' || item.wave > wave || item.revoked) return [];
    if (item.site !== '' && busy.has(item.site)) return [];
    busy.add(item.site);
    return [{ device: item.device, mode: 'install' as const }];
  });
}
