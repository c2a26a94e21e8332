import { type Lane, type LanePlan, type Lanes, planLane, unknownLane, workMs } from './lane.ts';
import { type Allowance, priorities, type Work } from './work.ts';

/** Waiting units that nothing tells apart but their age: the slices of a series are one group. */
export interface WorkGroup<W extends Work = Work> {
  name: string;
  lane: Lane;
  plan: LanePlan;
  /** Place of its class in `priorities`. */
  rank: number;
  /** -Infinity for all units of a lane whose deadline has passed. */
  deadline: number;
  alone: boolean;
  /** In order of arrival. */
  work: W[];
  /** Milliseconds of accelerator time, by itself. */
  ms: number;
  /** Even if it were run at once, the deadline is missed. */
  lost: boolean;
}

const ranks = new Map(priorities.map((name, rank) => [name, rank]));

/** Place of a class in `priorities`: 0 is the most urgent. */
export function rankOf({ priority }: Pick<Work, 'priority'>): number {
  return ranks.get(priority) ?? 0;
}

/**
 * The waiting units of some classes in scheduling order: by class; within a class what must run alone last, for it may
 * bring the process down; before that what can still be in time, so that what is lost takes nothing else with it; then
 * by deadline.
 */
export function groupWork<W extends Work>(
  waiting: Iterable<W>,
  now: number,
  lanes: Lanes,
  allowance: Pick<Allowance, 'classes' | 'batchShare'>,
): WorkGroup<W>[] {
  const groups = gather(waiting, now, lanes, allowance);
  for (const group of groups) {
    group.ms = stackWork()(group, group.work.length);
    group.lost = now + group.ms > group.deadline;
  }
  return groups.sort(compareGroups);
}

/**
 * Adds work up: gives, for one group after the other, the milliseconds that so many units of it add to those before,
 * with which they share runs where they are of one lane.
 */
export function stackWork(): (group: WorkGroup, count: number) => number {
  const counts = new Map<LanePlan, number>();
  return ({ plan, alone }, count) => {
    if (alone) return count * workMs(plan, 1);
    const before = counts.get(plan) ?? 0;
    counts.set(plan, before + count);
    return workMs(plan, before + count) - workMs(plan, before);
  };
}

function compareGroups(a: WorkGroup, b: WorkGroup): number {
  return (
    a.rank - b.rank ||
    Number(a.alone) - Number(b.alone) ||
    Number(a.lost) - Number(b.lost) ||
    a.deadline - b.deadline ||
    (a.work[0]?.arrivedAt ?? 0) - (b.work[0]?.arrivedAt ?? 0)
  );
}

/** A lane's groups by deadline, one map for each class, and one for those of it that run alone. */
interface Shelf<W extends Work> {
  lane: Lane;
  plan: LanePlan;
  maps: Map<number, WorkGroup<W>>[];
}

/** Neighbours in a queue mostly belong together, so that most units are placed by one comparison. */
function gather<W extends Work>(
  waiting: Iterable<W>,
  now: number,
  lanes: Lanes,
  { classes, batchShare }: Pick<Allowance, 'classes' | 'batchShare'>,
): WorkGroup<W>[] {
  const allowed = new Set(classes);
  const shelves = new Map<string, Shelf<W>>();
  const groups: WorkGroup<W>[] = [];
  let latest: WorkGroup<W> | undefined;
  for (const unit of waiting) {
    if (!allowed.has(unit.priority)) continue;
    const rank = rankOf(unit);
    const deadline = unit.deadline > now ? unit.deadline : -Infinity;
    if (!latest || !belongs(unit, deadline, rank, latest)) {
      const shelf = shelves.get(unit.lane) ?? newShelf(unit.lane, lanes, batchShare);
      shelves.set(unit.lane, shelf);
      latest = placeOn(shelf, unit, deadline, rank, groups);
    }
    latest.work.push(unit);
  }
  return groups;
}

function belongs(unit: Work, deadline: number, rank: number, group: WorkGroup): boolean {
  return (
    deadline === group.deadline &&
    unit.lane === group.name &&
    rank === group.rank &&
    unit.alone === group.alone
  );
}

function newShelf<W extends Work>(name: string, lanes: Lanes, batchShare: number): Shelf<W> {
  const lane = lanes.get(name) ?? unknownLane;
  const maps = Array.from({ length: 2 * priorities.length }, () => new Map<number, WorkGroup<W>>());
  return { lane, plan: planLane(lane, batchShare), maps };
}

function placeOn<W extends Work>(
  { lane, plan, maps }: Shelf<W>,
  { lane: name, alone }: W,
  deadline: number,
  rank: number,
  groups: WorkGroup<W>[],
): WorkGroup<W> {
  const map = maps[2 * rank + Number(alone)];
  const known = map?.get(deadline);
  if (known) return known;
  const group = { name, lane, plan, rank, deadline, alone, work: [], ms: 0, lost: false };
  map?.set(deadline, group);
  groups.push(group);
  return group;
}
