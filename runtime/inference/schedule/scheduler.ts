import { nextArrival } from './arrivals.ts';
import { chooseSize } from './batch-size.ts';
import { expectedMs, promisedMs, watchdogMs } from './batch-time.ts';
import { type Lanes, paddedSize } from './lane.ts';
import { groupWork, patienceMs, type WorkGroup } from './work-group.ts';
import type { Allowance, Work } from './work.ts';

/** What the scheduler remembers from run to run. Times are monotonic milliseconds. */
export interface ScheduleState {
  /** Until when the accelerator rests, so that it keeps to its duty. A time long past is credit for idleness. */
  readonly restUntil: number;
  /** Runs since one was given to work that had aged. */
  readonly sinceAged: number;
}

export const freshState: ScheduleState = { restUntil: -Infinity, sinceAged: 0 };

/** A run to be started. */
export interface BatchRun<W extends Work = Work> {
  do: 'run';
  lane: string;
  /** At most `size` units. */
  work: W[];
  /** Units with padding. */
  size: number;
  expectedMs: number;
  /** After so long without an answer, the run hangs. */
  watchdogMs: number;
  /** Its turn came by age and not by class and deadline. */
  aged: boolean;
}

export type Choice<W extends Work = Work> =
  | BatchRun<W>
  /** Ask again after `ms`, and when work arrives. */
  | { do: 'wait'; ms: number; because: 'rest' | 'arrivals' }
  /** Ask again when work arrives or the allowance changes. */
  | { do: 'nothing'; because: 'empty' | 'held' };

/** One run in so many belongs to aged work, where there is any. */
export const agedTurn = 16;
/** So much rest can urgent work put off, to be taken after it. */
const restThatStatMayOwe = 5_000;
/** So much idleness counts as rest taken beforehand. Heat follows in tens of seconds, so that a second does not show. */
const restCredit = 1_000;

/**
 * What an idle accelerator does next with what is waiting. Pure, and called whenever the accelerator is idle and
 * something has changed. `waiting` is in order of arrival.
 */
export function chooseBatch<W extends Work>(
  waiting: readonly W[],
  now: number,
  lanes: Lanes,
  allowance: Allowance,
  state: ScheduleState,
): Choice<W> {
  if (waiting.length === 0) return { do: 'nothing', because: 'empty' };
  const groups = allowance.duty > 0 ? groupWork(waiting, now, lanes, allowance) : [];
  const [first] = groups;
  if (!first) return { do: 'nothing', because: 'held' };
  const rest = restMs(first, now, allowance, state);
  if (rest > 0) return { do: 'wait', ms: rest, because: 'rest' };
  const aged = state.sinceAged >= agedTurn - 1 ? findAged(groups, now) : undefined;
  const leader = aged ?? first;
  const size = chooseSize(leader, groups, now, allowance.duty);
  const worth = aged ? 0 : waitMs(leader, groups, size, now);
  if (worth > 0) return { do: 'wait', ms: worth, because: 'arrivals' };
  return runOf(leader, groups, size, aged !== undefined);
}

function restMs(
  { rank }: WorkGroup,
  now: number,
  { duty }: Allowance,
  state: ScheduleState,
): number {
  const rest = state.restUntil - now;
  const isStat = rank === 0;
  return duty < 1 && !(isStat && rest <= restThatStatMayOwe) ? rest : 0;
}

/** The group whose oldest unit has waited longest beyond its patience. */
function findAged<W extends Work>(
  groups: readonly WorkGroup<W>[],
  now: number,
): WorkGroup<W> | undefined {
  let oldest: WorkGroup<W> | undefined;
  for (const group of groups) {
    if (!hasAged(group, now)) continue;
    if (!oldest || arrivedAt(group) < arrivedAt(oldest)) oldest = group;
  }
  return oldest;
}

function hasAged({ work: [first] }: WorkGroup, now: number): boolean {
  return first !== undefined && now - first.arrivedAt > patienceMs[first.priority];
}

function arrivedAt({ work: [first] }: WorkGroup): number {
  return first?.arrivedAt ?? Infinity;
}

/**
 * How long to wait for the next unit of the lane, 0 for not at all. It pays where all results together are there
 * sooner: the units at hand wait for the gap and for the larger batch, the next one is spared a run of its own. Only
 * where nothing else could run meanwhile, nothing is urgent and every deadline bears it.
 */
function waitMs(
  leader: WorkGroup,
  groups: readonly WorkGroup[],
  size: number,
  now: number,
): number {
  const { lane, plan, rank, alone } = leader;
  const units = groups.reduce((sum, group) => sum + group.work.length, 0);
  const next = nextArrival(lane.arrivals, now);
  if (rank === 0 || alone || next === undefined) return 0;
  if (units >= (plan.sizes.at(-1) ?? 1) || groups.some(({ name }) => name !== leader.name))
    return 0;
  const { times } = lane;
  const gap = next - now;
  const larger = paddedSize(plan.sizes, units + 1);
  const apart = (units + 1) * expectedMs(times, size) + expectedMs(times, 1);
  const together = (units + 1) * (gap + expectedMs(times, larger));
  const done = next + promisedMs(times, larger);
  return together < apart && groups.every(({ deadline }) => done <= deadline) ? gap : 0;
}

/**
 * The leader's group, then others of its lane and class in scheduling order; work of lower classes only on places that
 * would be padding, for it must not make the run longer.
 */
function runOf<W extends Work>(
  leader: WorkGroup<W>,
  groups: readonly WorkGroup<W>[],
  size: number,
  aged: boolean,
): BatchRun<W> {
  const work = leader.alone ? leader.work.slice(0, 1) : fill(leader, groups, size);
  const { times } = leader.lane;
  return {
    do: 'run',
    lane: leader.name,
    work,
    size,
    expectedMs: expectedMs(times, size),
    watchdogMs: watchdogMs(times, size),
    aged,
  };
}

function fill<W extends Work>(
  leader: WorkGroup<W>,
  groups: readonly WorkGroup<W>[],
  size: number,
): W[] {
  const work = leader.work.slice(0, size);
  for (const group of groups) {
    if (work.length === size) break;
    if (group === leader || group.name !== leader.name || group.alone) continue;
    work.push(...group.work.slice(0, size - work.length));
  }
  return work;
}

/** What is remembered after a run under an allowance. */
export function afterRun(
  state: ScheduleState,
  { aged }: Pick<BatchRun, 'aged'>,
  [startedAt, endedAt]: readonly [number, number],
  { duty }: Pick<Allowance, 'duty'>,
): ScheduleState {
  const owed = Math.max(-restCredit, state.restUntil - startedAt);
  const rest = duty > 0 ? ((endedAt - startedAt) * (1 - duty)) / duty : 0;
  return { restUntil: endedAt + owed + rest, sinceAged: aged ? 0 : state.sinceAged + 1 };
}
