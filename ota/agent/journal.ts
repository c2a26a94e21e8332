import { z } from 'zod';
import { type ShadowCounts, shadowCounts } from '../messages/shadow-counts.ts';
import { planSchema } from './plan.ts';
import { type GroupSlots, preferred } from './slots.ts';
import { assigned, isEnd, type Standing, updateStates } from './update-table.ts';

const standing = z.strictObject({
  state: z.enum(updateStates),
  attempts: z.int().nonnegative(),
  deferred: z.string().optional(),
  code: z.string().optional(),
  detail: z.string().optional(),
});

const item = z.strictObject({
  group: z.string(),
  target: z.string(),
  sha256: z.string(),
  length: z.int(),
});

/** The assignment that is being carried out. Its models come one after the other. */
const update = z.strictObject({
  seq: z.int(),
  mode: z.enum(['install', 'shadow', 'pause', 'rollback']),
  /** Wall time from which on it is not begun any more, milliseconds since 1970 UTC. */
  until: z.number(),
  items: z.array(item),
  /** Which of them it is the turn of. */
  at: z.int().nonnegative(),
  standing,
  plan: planSchema.optional(),
});

export type Update = z.infer<typeof update>;

const release = z.strictObject({ sha256: z.string(), counter: z.int() });

const report = z.strictObject({
  /** Grows by one with every report of the device; a second one with the same number is the same report. */
  number: z.int().positive(),
  /** Wall time, milliseconds since 1970 UTC. */
  at: z.number(),
  assignment: z.int(),
  group: z.string(),
  target: z.string(),
  sha256: z.string(),
  state: z.enum(updateStates),
  code: z.string().optional(),
  detail: z.string().optional(),
  /** What it waits for. */
  reason: z.string().optional(),
  /** What the comparison came to that has just ended. */
  shadow: shadowCounts.optional(),
});

/** What the device tells the fleet of an update: every state that it reaches, and what it waits for. */
export type UpdateReport = z.infer<typeof report>;

const journalSchema = z.strictObject({
  memory: z.strictObject({
    seq: z.int(),
    digest: z.string(),
    groups: z.record(
      z.string(),
      z.strictObject({ committed: release, previous: release.optional() }),
    ),
  }),
  update: update.optional(),
  /** Not yet accepted by whoever carries them on. */
  reports: z.array(report),
  lastReport: z.int().nonnegative(),
  /** How the last updates have ended, the newest last. */
  ended: z.array(report),
});

/** Everything that the update agent knows: written as a whole before anything is done that it tells of. */
export type Journal = z.infer<typeof journalSchema>;

const keptEnds = 20;

/** Where the journal lies. */
export interface JournalStore {
  /** Undefined on a device that has never had an assignment. */
  read(): Journal | undefined;
  /** Durable on return. */
  write(journal: Journal): void;
}

/** What keeps texts by name, durably: the device’s memory of updates. */
export interface NamedMemory {
  recall(name: string): string | undefined;
  remember(name: string, value: string): void;
}

export const emptyJournal: Journal = {
  memory: { seq: 0, digest: '', groups: {} },
  reports: [],
  lastReport: 0,
  ended: [],
};

/** The journal in the database that also holds the floor: one row, so that it changes as a whole. */
export function journalIn(memory: NamedMemory): JournalStore {
  return {
    read() {
      const text = memory.recall('journal');
      return text === undefined ? undefined : journalSchema.parse(JSON.parse(text));
    },
    write: (journal) => memory.remember('journal', JSON.stringify(journal)),
  };
}

/** What the slots must say where the journal says this: the one follows from the other at any moment. */
export function slotsOf({ memory, update: open }: Journal): GroupSlots {
  const groups = Object.entries(memory.groups).map(([group, { committed, previous }]) => [
    group,
    { committed: committed.sha256, ...(previous && { previous: previous.sha256 }) },
  ]);
  const slots = Object.fromEntries(groups) as Record<string, GroupSlots[string]>;
  const current = open?.items[open.at];
  if (current && open.standing.state === 'trial')
    slots[current.group] = { ...slots[current.group], trial: current.sha256 };
  return slots;
}

/** Releases that are needed: those that are in place and the one that is on its way. */
export function neededReleases(journal: Journal): Set<string> {
  const inPlace = Object.values(slotsOf(journal)).flatMap(preferred);
  const coming = journal.update?.items[journal.update.at]?.sha256;
  return new Set([...inPlace, ...(coming === undefined ? [] : [coming])]);
}

/** The journal after its update has come to stand so, with the report of it; the next model’s turn where that is an end. */
export function journalAfter(
  journal: Journal,
  standing: Standing,
  now: number,
  shadow?: ShadowCounts,
): Journal {
  const update = { ...journal.update!, standing };
  const reported = withReport(journal, update, now, shadow);
  if (!isEnd(standing.state)) return { ...reported, update };
  const memory = memoryAfter(journal.memory, update);
  return { ...reported, memory, update: nextModel(update, memory) };
}

/** The update at its next model that is not in place; undefined after the last one. */
export function nextModel(update: Update, { groups }: Journal['memory']): Update | undefined {
  const at = update.items.findIndex(
    ({ group, sha256 }, index) => index > update.at && groups[group]?.committed.sha256 !== sha256,
  );
  return at < 0 ? undefined : { ...update, at, standing: assigned, plan: undefined };
}

function withReport(
  journal: Journal,
  { seq, items, at, standing }: Update,
  now: number,
  shadow: ShadowCounts | undefined,
): Journal {
  const { group, target, sha256 } = items[at]!;
  const { state, code, detail, deferred } = standing;
  const made: UpdateReport = {
    number: journal.lastReport + 1,
    at: now,
    assignment: seq,
    group,
    target,
    sha256,
    state,
    ...(code && { code, detail }),
    ...(deferred && { reason: deferred }),
    ...(shadow && { shadow }),
  };
  return {
    ...journal,
    lastReport: made.number,
    reports: [...journal.reports, made],
    ended: isEnd(state) ? [...journal.ended, made].slice(-keptEnds) : journal.ended,
  };
}

/** After a release has proved itself the one before it stays at hand. */
function memoryAfter(memory: Journal['memory'], update: Update): Journal['memory'] {
  const { standing, items, at, plan } = update;
  if (standing.state !== 'committed') return memory;
  const { group, sha256 } = items[at]!;
  const previous = memory.groups[group]?.committed;
  const entry = { committed: { sha256, counter: plan!.counter }, ...(previous && { previous }) };
  return { ...memory, groups: { ...memory.groups, [group]: entry } };
}
