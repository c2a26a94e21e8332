import { objectKinds, type ObjectKind } from '../spool/outgoing-object.ts';

/** What decides when an object goes. */
export interface Urgency {
  kind: ObjectKind;
  /** The exam is STAT. */
  urgent: boolean;
  /** The result raises a flag. */
  flagged: boolean;
}

/** What waits to be sent. */
export interface Waiting {
  /** As `rankOf` gives it. */
  rank: number;
  /** Since when it could have been sent, milliseconds since 1970. */
  dueAt: number;
}

/** What tells the result; everything else illustrates it. */
const answers: ReadonlySet<ObjectKind> = new Set(['report', 'message']);

/** Ranks of one class, of which there are four: answers of STAT exams, answers, pictures of STAT exams, pictures. */
const ranksPerClass = 2 * objectKinds.length;

/** How long an object waits behind those of higher rank, by its class: once to four times this. */
export const maximumWaitMs = 60_000;

/** Of so many turns one is that of the object that has waited too long, where there is one. */
export const turns = 4;

/**
 * The place of an object among all that wait for a destination, lowest first: answers before pictures over all studies,
 * then STAT before routine, then by kind, then flags before the others.
 */
export function rankOf({ kind, urgent, flagged }: Urgency): number {
  const classOf = (answers.has(kind) ? 0 : 2) + (urgent ? 0 : 1);
  return classOf * ranksPerClass + 2 * objectKinds.indexOf(kind) + (flagged ? 0 : 1);
}

/** How long an object of a rank may wait before it has a turn of its own, milliseconds. */
export function patience(rank: number): number {
  return maximumWaitMs * (1 + Math.floor(rank / ranksPerClass));
}

/**
 * Which of those that wait goes next: the lowest rank, of which the one that has waited longest. Every fourth turn is
 * for the one whose patience ended first. So no flood starves an object: once its patience has ended, at most four
 * objects go for each that lost its patience before it. And no answer ever waits for two pictures in a row. `turn` counts what has been sent.
 */
export function chooseNext<Item extends Waiting>(
  waiting: readonly Item[],
  now: number,
  turn: number,
): Item | undefined {
  const byRank = waiting.toSorted((a, b) => a.rank - b.rank || a.dueAt - b.dueAt);
  if (turn % turns !== turns - 1) return byRank[0];
  const overdue = waiting.filter((item) => endOfPatience(item) <= now);
  return overdue.toSorted((a, b) => endOfPatience(a) - endOfPatience(b))[0] ?? byRank[0];
}

function endOfPatience({ rank, dueAt }: Waiting): number {
  return dueAt + patience(rank);
}

/** The most that one commitment request names. */
export const requestSize = 100;
const longestGatheringMs = 30_000;

/**
 * Whether to ask for commitment now: when nothing else is to be sent, so that a single object is asked for at once;
 * within a burst when a request is full or its oldest object has waited for 30 seconds.
 */
export function isTimeToAsk(
  stored: readonly { dueAt: number }[],
  sending: boolean,
  now: number,
): boolean {
  const [oldest] = stored;
  if (!oldest) return false;
  return !sending || stored.length >= requestSize || now - oldest.dueAt >= longestGatheringMs;
}
