import { nextArrival } from './arrivals.ts';
import { chooseRun, planRun } from './run-choice.ts';
import { expectedMs, promisedMs, watchdogMs } from './batch-time.ts';
import { type Lanes, paddedSize } from './lane.ts';
import { groupWork, rankOf, type WorkGroup } from './work-group.ts';
import type { Allowance, Priority, Work } from './work.ts';

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
/** How long a unit of a class waits until it has aged: from then on its turn comes whatever waits beside it. */
export const patienceMs: Readonly<Record<Priority, number>> = {
  stat: 10_000,
  routine: 60_000,
  reprocess: 600_000,
  shadow: 1_800_000,
  'self-test': 600_000,
};
/** So much rest can be put off for what is urgent or has aged, to be taken after it. */
const restThatMayBeOwed = 5_000;
/** So much idleness counts as rest taken beforehand. Heat follows in tens of seconds, so that a second does not show. */
const restCredit = 1_000;

/**
 * What an idle accelerator does next with what is waiting. Pure, and called whenever the accelerator is idle and
 * something has changed. `waiting` is in order of arrival but for what was put back.
 */
export function chooseBatch<W extends Work>(
  waiting: readonly W[],
  now: number,
  lanes: Lanes,
  allowance: Allowance,
  state: ScheduleState,
): Choice<W> {
  if (waiting.length === 0) return { do: 'nothing', because: 'empty' };
  const open = waiting.filter(({ priority }) => allowance.classes.includes(priority));
  const aged = state.sinceAged >= agedTurn - 1 ? findAged(open, now) : undefined;
  const next = aged ?? findUrgent(open);
  if (!next || allowance.duty === 0) return { do: 'nothing', because: 'held' };
  const rest = restMs(next.priority === 'stat' || next === aged, now, allowance, state);
  if (rest > 0) return { do: 'wait', ms: rest, because: 'rest' };
  // Other classes have no say: they come later, or fill.
  const groups = groupWork(open, now, lanes, { ...allowance, classes: [next.priority] });
  const old = aged && groups.find(({ work }) => work.includes(aged));
  old?.work.sort((a, b) => a.arrivedAt - b.arrivedAt);
  const { leader, size } = old
    ? planRun(old, groups, now, allowance.duty)
    : chooseRun(groups[0]!, groups, now, allowance.duty);
  const wait = aged ? 0 : waitMs(leader, groups, open, size, now);
  if (wait > 0) return { do: 'wait', ms: wait, because: 'arrivals' };
  return runOf(leader, size, fill(leader, groups, open, size), aged !== undefined);
}

/** One of the most urgent class. */
function findUrgent<W extends Work>(open: readonly W[]): W | undefined {
  let urgent: W | undefined;
  for (const unit of open) if (!urgent || rankOf(unit) < rankOf(urgent)) urgent = unit;
  return urgent;
}

/** Of those whose patience is over, the one that has waited longest. */
function findAged<W extends Work>(open: readonly W[], now: number): W | undefined {
  let oldest: W | undefined;
  for (const unit of open)
    if (
      now - unit.arrivedAt > patienceMs[unit.priority] &&
      unit.arrivedAt < (oldest?.arrivedAt ?? Infinity)
    )
      oldest = unit;
  return oldest;
}

/** What presses does not wait, as long as not too much rest is owed already. */
function restMs(presses: boolean, now: number, { duty }: Allowance, state: ScheduleState): number {
  const rest = state.restUntil - now;
  return duty < 1 && !(presses && rest <= restThatMayBeOwed) ? rest : 0;
}

/**
 * How long to wait for the next unit of the lane, 0 for not at all. It pays where all results together are there
 * sooner: the units at hand wait for the gap and for the larger batch, the next one is spared a run of its own. Only
 * where nothing else could run meanwhile, nothing is urgent and every deadline bears it.
 */
function waitMs(
  leader: WorkGroup,
  groups: readonly WorkGroup[],
  open: readonly Work[],
  size: number,
  now: number,
): number {
  const { name, lane, plan, rank, alone } = leader;
  const next = nextArrival(lane.arrivals, now);
  const count = open.length;
  if (next === undefined || rank === 0 || alone || count >= (plan.sizes.at(-1) ?? 1)) return 0;
  if (open.some((unit) => unit.lane !== name)) return 0;
  const larger = paddedSize(plan.sizes, count + 1);
  const apart = (count + 1) * expectedMs(lane.times, size) + expectedMs(lane.times, 1);
  const together = (count + 1) * (next - now + expectedMs(lane.times, larger));
  const done = next + promisedMs(lane.times, larger);
  return together < apart && groups.every(({ deadline }) => done <= deadline) ? next - now : 0;
}

/**
 * The leader's group, then others of its lane and class in scheduling order; work of other classes only on places that
 * would be padding, for it must not make the run longer.
 */
function fill<W extends Work>(
  leader: WorkGroup<W>,
  groups: readonly WorkGroup<W>[],
  open: readonly W[],
  size: number,
): W[] {
  const { name, rank, alone } = leader;
  if (alone) return leader.work.slice(0, 1);
  const work = leader.work.slice(0, size);
  for (const group of groups)
    if (group !== leader && group.name === name && !group.alone)
      work.push(...group.work.slice(0, size - work.length));
  if (work.length === size) return work;
  const others = open.filter((unit) => unit.lane === name && rankOf(unit) !== rank && !unit.alone);
  return [...work, ...others.sort((a, b) => rankOf(a) - rankOf(b)).slice(0, size - work.length)];
}

function runOf<W extends Work>(
  { name, lane: { times } }: WorkGroup,
  size: number,
  work: W[],
  aged: boolean,
): BatchRun<W> {
  const expected = expectedMs(times, size);
  return {
    do: 'run',
    lane: name,
    work,
    size,
    expectedMs: expected,
    watchdogMs: watchdogMs(times, size),
    aged,
  };
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
