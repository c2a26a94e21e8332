import { expectedMs, isKnown, promisedMs } from './batch-time.ts';
import { bestSize, type Lane, type LanePlan } from './lane.ts';
import { stackWork, type WorkGroup } from './work-group.ts';
import type { Work } from './work.ts';

/** A run that is not urgent ends within this time, unless one unit takes longer: what is urgent may come meanwhile. */
const longestRunMs = 250;

/** A run that may be next. */
export interface Candidate<W extends Work = Work> {
  leader: WorkGroup<W>;
  size: number;
  /** Units of the leader's class, no padding. */
  units: number;
  /** Groups that miss their deadline when this run comes first and the rest follows in order. */
  late: ReadonlySet<WorkGroup>;
}

/**
 * The leader's run, of the largest size that pays and makes no group late that a smaller one would not. Units of the
 * leader's class count, others only fill. A size that was never measured is tried where it does no harm.
 */
export function planRun<W extends Work>(
  leader: WorkGroup<W>,
  groups: readonly WorkGroup<W>[],
  now: number,
  duty: number,
): Candidate<W> {
  const { plan, alone } = leader;
  const [smallest = 1, ...larger] = plan.sizes;
  const mates = [leader, ...groups.filter((group) => isMate(group, leader))];
  const count = alone ? 1 : mates.reduce((sum, { work }) => sum + work.length, 0);
  const evaluate = (size: number): Candidate<W> => {
    const units = Math.min(size, count);
    const taken = takeFrom(mates, units);
    return { leader, size, units, late: findLate(groups, taken, leader.lane, size, now, duty) };
  };
  const paying = larger.filter((size) => size <= bestSize(plan, count));
  const open = [...paying, ...findTrial(leader, count)].filter((size) => isShort(leader, size));
  let best = evaluate(smallest);
  // Where somebody is late whatever is done, what does most in its time is the soonest end of it.
  const isBehind = best.late.size > 0;
  for (const size of open) {
    const candidate = evaluate(size);
    if (isBehind || candidate.late.size === 0) best = candidate;
  }
  return best;
}

/**
 * Whose run is next: that of the first group, in scheduling order. Of work that is not urgent, a fuller run of another
 * lane goes before it as long as nobody is made late by that, not even if one more run came between: what waits a
 * little meanwhile becomes fuller itself. Without it, lanes that take turns run half empty.
 */
export function chooseRun<W extends Work>(
  first: WorkGroup<W>,
  groups: readonly WorkGroup<W>[],
  now: number,
  duty: number,
): Candidate<W> {
  const inOrder = planRun(first, groups, now, duty);
  if (first.rank === 0 || first.alone) return inOrder;
  const guardMs = Math.max(...groups.map(({ lane, plan }) => longestMs(lane, plan)));
  const heads = new Map(groups.toReversed().map((group) => [group.name, group]));
  const fuller = [...heads.values()]
    .filter((group) => !group.alone && group.name !== first.name)
    .map((group) => planRun(group, groups, now + guardMs, duty))
    .filter((candidate) => harmsNobody(candidate, inOrder));
  return fuller.reduce((best, other) => (fullness(other) > fullness(best) ? other : best), inOrder);
}

/** Its own lane is done no harm by coming first. */
function harmsNobody({ leader, late }: Candidate, inOrder: Candidate): boolean {
  return [...late].every((group) => group.name === leader.name || inOrder.late.has(group));
}

/** What a run does in its time, as a share of what the lane's largest would. */
function fullness({ leader: { lane, plan }, size, units }: Candidate): number {
  const largest = plan.sizes.at(-1) ?? 1;
  const { times } = lane;
  return (units * expectedMs(times, largest)) / (largest * expectedMs(times, size));
}

function longestMs({ times }: Lane, { sizes }: LanePlan): number {
  return expectedMs(times, sizes.at(-1) ?? 1);
}

function isMate(group: WorkGroup, leader: WorkGroup): boolean {
  const isOther = group !== leader && !group.alone;
  return isOther && group.name === leader.name && group.rank === leader.rank;
}

function isShort({ lane, rank }: WorkGroup, size: number): boolean {
  return rank === 0 || expectedMs(lane.times, size) <= longestRunMs;
}

/**
 * A size to be measured: one that would be full now, with nothing urgent in it, when all smaller ones have been. What is
 * not known to pay is not in the plan, and what is never run is never known.
 */
function findTrial({ lane, rank, plan, alone }: WorkGroup, count: number): number[] {
  const next = lane.sizes.find((size) => !isKnown(lane.times, size));
  const isFirst = next === lane.sizes[0];
  if (next === undefined || isFirst || rank === 0 || alone || next > count) return [];
  return next <= plan.limit ? [next] : [];
}

/** How many units each group gives to a run of so many. */
function takeFrom(mates: readonly WorkGroup[], units: number): Map<WorkGroup, number> {
  const taken = new Map<WorkGroup, number>();
  let open = units;
  for (const group of mates) {
    if (open === 0) break;
    const from = Math.min(open, group.work.length);
    taken.set(group, from);
    open -= from;
  }
  return taken;
}

function findLate(
  groups: readonly WorkGroup[],
  taken: ReadonlyMap<WorkGroup, number>,
  lane: Lane,
  size: number,
  now: number,
  duty: number,
): Set<WorkGroup> {
  const runMs = promisedMs(lane.times, size);
  const first = now + runMs;
  const late = new Set<WorkGroup>();
  const addMs = stackWork();
  // With the rest that each run is followed by.
  let at = now + runMs / duty;
  for (const group of groups) {
    const left = group.work.length - (taken.get(group) ?? 0);
    at += addMs(group, left) / duty;
    if ((left > 0 ? at : first) > group.deadline) late.add(group);
  }
  return late;
}
