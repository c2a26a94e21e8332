import { ScansideError } from '../../device/errors.ts';
import { type Act, longestNote, undoMs } from '../../panel/act.ts';
import type { Actor } from '../../panel/role.ts';
import type { ExamView } from '../../panel/source.ts';
import type { StoredAct } from '../spool/act-ledger.ts';

/** An act on one exam; the others are on the device. */
export type ExamAct = Extract<Act, { examId: string }>;

/** What an act is judged by. */
export interface ActSituation {
  exam: ExamView | undefined;
  /** What was done on this exam so far, oldest first. */
  earlier: readonly StoredAct[];
  /** SOP Instance UIDs of the reports that carry the exam's flag. */
  flaggedReports: readonly string[];
  /** Wall time, milliseconds since 1970. */
  now: number;
}

/** What is to be kept of an act; without `id` and `at`, which whoever keeps it gives. */
export type NewAct = Omit<StoredAct, 'id' | 'at'>;

/** Nothing is to be kept where somebody does the same again. */
export type Judgement = { known: string } | { act: NewAct };

/** Decides on an act. Throws EXAM_UNKNOWN, OUTCOME_CHANGED, and ACT_REFUSED with the reason. */
export function judgeAct(actor: Actor, act: ExamAct, situation: ActSituation): Judgement {
  const { exam, earlier } = situation;
  if (!exam) throw new ScansideError('EXAM_UNKNOWN', 'it is not on this device');
  if ('outcomeId' in act && act.outcomeId !== exam.outcomeId)
    throw new ScansideError('OUTCOME_CHANGED', `it is ${exam.outcome.state} now`);
  const own = earlier.filter(({ user }) => user === actor.user);
  const base: NewAct = {
    studyUid: exam.id,
    kind: act.kind,
    user: actor.user,
    role: actor.role,
    outcomeId: 'outcomeId' in act ? act.outcomeId : '',
    reason: 'reason' in act ? act.reason : '',
    note: 'note' in act ? cleanNote(act.note) : '',
    target: act.kind === 'retract' ? act.actId : '',
    reports: act.kind === 'withdraw' ? [...situation.flaggedReports] : [],
  };
  const known = rules[act.kind]({ ...situation, exam, own, base });
  return known === undefined ? { act: base } : { known: known.id };
}

type Rule = (
  situation: ActSituation & { exam: ExamView; own: StoredAct[]; base: NewAct },
) => StoredAct | undefined;

/** Each refuses what is not possible, and gives the earlier act where this one says nothing new. */
const rules: Record<ExamAct['kind'], Rule> = {
  seen: ({ own, base }) => {
    const last = lastSight(own);
    return last?.kind === 'seen' && last.outcomeId === base.outcomeId ? last : undefined;
  },
  unseen: ({ own }) => {
    const last = lastSight(own);
    if (!last) throw refusal('it was not seen');
    return last.kind === 'unseen' ? last : undefined;
  },
  agree: ({ exam: { outcome }, own, base, earlier }) => {
    if (outcome.state !== 'flagged') throw refusal('there is no flag');
    if (outcome.withdrawn) throw refusal('the flag is withdrawn');
    const last = standing(own, earlier).findLast(({ kind }) => isOpinion(kind));
    return last?.kind === 'agree' && last.outcomeId === base.outcomeId ? last : undefined;
  },
  disagree: ({ exam, own, base, earlier }) => {
    if (exam.outcome.state === 'pending') throw refusal('there is no result yet');
    return standing(own, earlier).find(
      ({ kind, outcomeId, reason, note }) =>
        kind === 'disagree' &&
        outcomeId === base.outcomeId &&
        reason === base.reason &&
        note === base.note,
    );
  },
  retract: ({ own, base, now }) => {
    const target = own.find(({ kind, id }) => isOpinion(kind) && id === base.target);
    if (!target) throw refusal('there is no such opinion of this user');
    const known = own.find(({ kind, target: of }) => kind === 'retract' && of === target.id);
    if (!known && now > target.at + undoMs) throw refusal('it can no longer be taken back');
    return known;
  },
  withdraw: ({ exam: { outcome }, flaggedReports }) => {
    if (outcome.state !== 'flagged') throw refusal('there is no flag');
    if (outcome.withdrawn) throw refusal('the flag is withdrawn already');
    if (flaggedReports.length === 0) throw refusal('the flag is not in a report yet');
    return undefined;
  },
  'repeat-taken': ({ exam, earlier, base }) => {
    if (exam.outcome.state !== 'not-analysed') throw refusal('no repeat was asked for');
    return earlier.find(
      ({ kind, outcomeId }) => kind === 'repeat-taken' && outcomeId === base.outcomeId,
    );
  },
  raise: ({ exam }) => {
    if (exam.state === 'quarantined') throw refusal('it is no exam that is analysed');
    if (exam.urgent !== '') throw refusal('it is STAT already');
    return undefined;
  },
};

function isOpinion(kind: StoredAct['kind']): boolean {
  return kind === 'agree' || kind === 'disagree';
}

function lastSight(own: readonly StoredAct[]): StoredAct | undefined {
  return own.findLast(({ kind }) => kind === 'seen' || kind === 'unseen');
}

/** Without those that were taken back. */
export function standing(
  acts: readonly StoredAct[],
  earlier: readonly StoredAct[] = acts,
): StoredAct[] {
  const retracted = new Set(earlier.map(({ target }) => target));
  return acts.filter(({ id }) => !retracted.has(id));
}

function refusal(why: string): ScansideError {
  return new ScansideError('ACT_REFUSED', why);
}

/** Without control characters and marks that turn the direction of a text. Throws ACT_REFUSED for one that is too long. */
export function cleanNote(note: string): string {
  const clean = note.replaceAll(/[\p{Cc}\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim();
  if (Array.from(clean).length > longestNote)
    throw refusal(`a note has at most ${longestNote} characters`);
  return clean;
}
