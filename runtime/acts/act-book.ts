import { randomUUID } from 'node:crypto';
import type { Clock } from '../../device/clock.ts';
import type { ActView } from '../../panel/act.ts';
import type { Actor } from '../../panel/role.ts';
import type { ActMeta, ActLedger, StoredAct } from '../spool/act-ledger.ts';
import type { StoredRecord } from '../spool/segment-reader.ts';
import { type ActSituation, type ExamAct, judgeAct, standing } from './act-rules.ts';

export interface ActBookOptions {
  clock: Clock;
  ledger: ActLedger;
  /** Resolves when a record is on stable storage. */
  append(meta: Record<string, unknown>, data: Uint8Array): Promise<StoredRecord>;
  /** The exam as people see it now, and the reports that carry its flag. */
  look(examId: string): Pick<ActSituation, 'exam' | 'flaggedReports'>;
}

/** What people did on the exams, kept in memory so that asking costs nothing, and on the disk before it counts. */
export class ActBook {
  readonly #options: ActBookOptions;
  readonly #byExam = new Map<string, StoredAct[]>();
  readonly #seen = new Map<string, Map<string, string>>();
  readonly #refused = new Set<string>();
  #last = 0;
  #taking: Promise<unknown> = Promise.resolve();

  constructor(options: ActBookOptions) {
    this.#options = options;
  }

  /** Reads what an earlier run left. */
  load(): void {
    for (const act of this.#options.ledger.all()) this.#note(act);
  }

  /** What was done on an exam, oldest first. */
  ofExam(examId: string): readonly StoredAct[] {
    return this.#byExam.get(examId) ?? [];
  }

  /** `outcomeId` of each exam that this user has seen. */
  seen(user: string): ReadonlyMap<string, string> {
    return this.#seen.get(user) ?? new Map();
  }

  /** What there is to show of an exam's acts: without who has seen it, and without what was taken back. */
  views(examId: string): ActView[] {
    return standing(this.ofExam(examId)).flatMap(({ id, kind, user, at, reason, note }) =>
      isShown(kind) ? [{ id, kind, user, at, reason, note }] : [],
    );
  }

  /**
   * Judges an act and keeps it; one after the other, so that two never judge by the same situation. Resolves when it is
   * on stable storage, with whether it is new. Rejects as `judgeAct` throws, and where the disk takes nothing.
   */
  take(actor: Actor, act: ExamAct): Promise<{ actId: string; stored: StoredAct | undefined }> {
    const taken = this.#taking.then(() => this.#take(actor, act));
    this.#taking = taken.catch(() => undefined);
    return taken;
  }

  /** An exam is going to be erased: takes no act on it any more. Resolves when none is under way. */
  async refuse(examId: string): Promise<void> {
    this.#refused.add(examId);
    await this.#taking;
  }

  /** An exam has been erased. */
  forget(examId: string): void {
    this.#refused.delete(examId);
    this.#byExam.delete(examId);
    for (const exams of this.#seen.values()) exams.delete(examId);
  }

  async #take(actor: Actor, act: ExamAct) {
    const { clock, ledger, append, look } = this.#options;
    const now = clock.now();
    const earlier = this.ofExam(act.examId);
    const seen = look(act.examId);
    const exam = this.#refused.has(act.examId) ? undefined : seen.exam;
    const judged = judgeAct(actor, act, { ...seen, exam, earlier, now });
    if ('known' in judged) return { actId: judged.known, stored: undefined };
    // The order of acts decides what stands; it must not follow a clock that is set back.
    const at = Math.max(now, this.#last + 1);
    const stored: StoredAct = { ...judged.act, id: randomUUID(), at };
    const meta: ActMeta = { kind: 'act', studyUid: stored.studyUid, act: stored };
    this.#note(ledger.index(await append({ ...meta }, new Uint8Array())));
    return { actId: stored.id, stored };
  }

  #note(act: StoredAct): void {
    const { studyUid, kind, user, outcomeId, at } = act;
    this.#last = Math.max(this.#last, at);
    const acts = this.#byExam.get(studyUid) ?? [];
    this.#byExam.set(studyUid, [...acts, act]);
    const seen = this.#seen.get(user) ?? new Map<string, string>();
    if (kind === 'seen') this.#seen.set(user, seen.set(studyUid, outcomeId));
    if (kind === 'unseen') seen.delete(studyUid);
  }
}

function isShown(kind: StoredAct['kind']): kind is ActView['kind'] {
  return ['disagree', 'withdraw', 'repeat-taken', 'raise'].includes(kind);
}
