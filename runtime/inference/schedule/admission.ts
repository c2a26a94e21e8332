import type { Lanes } from './lane.ts';
import type { ScheduleState } from './scheduler.ts';
import { groupWork, rankOf, stackWork, type WorkGroup } from './work-group.ts';
import type { Allowance, Work } from './work.ts';

/** What is foretold of new work. All of it is accepted. */
export type Admission =
  | { verdict: 'on-time'; readyAt: number }
  /** It will be done and filed, and marked late. `byMs` is undefined while nothing of its class may run. */
  | { verdict: 'late'; byMs: number | undefined; because: string }
  /** Not clinical, and better asked for again later. */
  | { verdict: 'deferred'; because: string };

/** What the prediction rests on. Times are monotonic milliseconds. */
export interface Situation {
  /** Without the new work. */
  waiting: readonly Work[];
  now: number;
  /** When the run under way is expected to end; in the past where there is none. */
  idleAt: number;
  lanes: Lanes;
  allowance: Allowance;
  state: ScheduleState;
}

/** Foretells whether new work is done by its deadline. Clinical work is never deferred. */
export function admit(work: Work, situation: Situation): Admission {
  const { waiting, now, lanes, allowance } = situation;
  const ahead = allowance.classes.filter((name) => rankOf({ priority: name }) <= rankOf(work));
  const classes = allowance.duty > 0 ? ahead : [];
  const groups = groupWork([...waiting, work], now, lanes, { ...allowance, classes });
  // The new unit is the last of its group.
  const at = groups.findIndex((group) => group.work.at(-1) === work);
  const group = groups[at];
  if (!group) return refuse(work, undefined, nothingMayRun);
  const addMs = stackWork();
  const aheadMs = groups.slice(0, at).reduce((sum, each) => sum + addMs(each, each.work.length), 0);
  const place = { group, aheadMs, ownMs: addMs(group, group.work.length) };
  const readyAt = predict(place, situation);
  if (readyAt <= work.deadline) return { verdict: 'on-time', readyAt };
  return refuse(work, readyAt - work.deadline, explain(work, place, situation));
}

const nothingMayRun = 'no work of its class may run now, to keep within heat, power and memory';

/** Where new work stands: what comes before it, and what its group then adds. */
interface Place {
  group: WorkGroup;
  aheadMs: number;
  ownMs: number;
}

function refuse({ priority }: Work, byMs: number | undefined, because: string): Admission {
  const isClinical = priority === 'stat' || priority === 'routine';
  return isClinical ? { verdict: 'late', byMs, because } : { verdict: 'deferred', because };
}

/** When the group is done. Urgent work does not wait for the accelerator to rest. */
function predict(
  { group: { rank, lane }, aheadMs, ownMs }: Place,
  { now, idleAt, state, allowance }: Situation,
): number {
  const duty = rank === 0 ? 1 : allowance.duty;
  const rested = duty < 1 ? state.restUntil : now;
  const margin = (lane.times.promise - 1) * ownMs;
  return Math.max(now, idleAt, rested) + (aheadMs + ownMs) / duty + margin;
}

function explain({ deadline }: Work, place: Place, situation: Situation): string {
  const { allowance, now, idleAt } = situation;
  const { ms } = place.group;
  if (now + ms > deadline)
    return `by itself it takes ${seconds(ms)} and is wanted in ${seconds(deadline - now)}`;
  if (predict(place, { ...situation, allowance: { ...allowance, duty: 1 } }) <= deadline)
    return `the accelerator runs for ${Math.round(100 * allowance.duty)} % of the time only, to stay cool`;
  return `work before it takes ${seconds(place.aheadMs + Math.max(0, idleAt - now))}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
