import { expectedMs, isKnown, promisedMs } from './batch-time.ts';
import { bestSize } from './lane.ts';
import { groupMs, type WorkGroup } from './work-group.ts';

/** A run that is not urgent ends within this time, unless one unit takes longer: what is urgent may come meanwhile. */
const longestRunMs = 250;

/**
 * The size of the leader's run: the largest that pays and makes no group late that a smaller one would not. Units of
 * the leader's class count, others only fill. A size that was never measured is tried where it does no harm.
 */
export function chooseSize(
  leader: WorkGroup,
  groups: readonly WorkGroup[],
  now: number,
  duty: number,
): number {
  const { plan, alone } = leader;
  const [smallest = 1, ...larger] = plan.sizes;
  if (alone) return smallest;
  const mates = [leader, ...groups.filter((group) => isMate(group, leader))];
  const count = mates.reduce((sum, { work }) => sum + work.length, 0);
  const trial = findTrial(leader, count);
  const candidates = larger.filter((size) => size <= bestSize(plan, count));
  let best = smallest;
  let leastLate = Infinity;
  for (const size of [smallest, ...candidates, ...trial]) {
    if (size > smallest && isTooLong(leader, size)) break;
    const late = countLate(groups, takeFrom(mates, size), { leader, size, now, duty });
    if (late > leastLate) continue;
    leastLate = late;
    best = size;
  }
  return best;
}

function isMate(group: WorkGroup, leader: WorkGroup): boolean {
  const isOther = group !== leader && !group.alone;
  return isOther && group.name === leader.name && group.rank === leader.rank;
}

function isTooLong({ lane, rank }: WorkGroup, size: number): boolean {
  return rank > 0 && expectedMs(lane.times, size) > longestRunMs;
}

/**
 * A size to be measured: one that would be full now, with nothing urgent in it, when all smaller ones have been. What is
 * not known to pay is not in the plan, and what is never run is never known.
 */
function findTrial({ lane, rank, plan }: WorkGroup, count: number): number[] {
  const next = lane.sizes.find((size) => !isKnown(lane.times, size));
  const isFirst = next === lane.sizes[0];
  if (next === undefined || isFirst || rank === 0 || next > count) return [];
  return next <= plan.limit ? [next] : [];
}

/** How many units each group gives to a run of so many. */
function takeFrom(mates: readonly WorkGroup[], size: number): Map<WorkGroup, number> {
  const taken = new Map<WorkGroup, number>();
  let open = size;
  for (const group of mates) {
    if (open === 0) break;
    const from = Math.min(open, group.work.length);
    taken.set(group, from);
    open -= from;
  }
  return taken;
}

interface Candidate {
  leader: WorkGroup;
  size: number;
  now: number;
  duty: number;
}

/** Groups that miss their deadline when this run comes first and the rest follows in order. */
function countLate(
  groups: readonly WorkGroup[],
  taken: ReadonlyMap<WorkGroup, number>,
  { leader, size, now, duty }: Candidate,
): number {
  const first = now + promisedMs(leader.lane.times, size);
  let [at, late] = [first, 0];
  for (const group of groups) {
    const from = taken.get(group) ?? 0;
    const ms = from > 0 ? groupMs(group, group.work.length - from) : group.ms;
    at += ms / duty;
    if ((ms > 0 ? at : first) > group.deadline) late += 1;
  }
  return late;
}
