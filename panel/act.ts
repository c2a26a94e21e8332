/**
 * Why somebody disagrees with a result. It is an opinion, kept beside the result: it changes neither the report nor the
 * priority in the PACS.
 */
export const disagreeReasons = [
  'not-seen',
  'wrong-place',
  'artifact',
  'known-finding',
  'outside-intended-use',
  'missed-finding',
] as const;

/** Why an authorised person withdraws a flag. */
export const withdrawReasons = [
  'false-flag',
  'wrong-patient',
  'artifact',
  'outside-intended-use',
] as const;

/** Why AI is paused. */
export const pauseReasons = ['wrong-results', 'maintenance', 'phantom-or-test', 'other'] as const;

/** Why somebody lets a model go on, or stops it. */
export const releaseReasons = ['cause-removed', 'cases-reviewed', 'intended-change'] as const;
export const stopReasons = ['wrong-results', 'figures', 'other'] as const;

/** What a reader may say of a finding. */
export const readingAnswers = ['present', 'probably-present', 'probably-absent', 'absent'] as const;

export type DisagreeReason = (typeof disagreeReasons)[number];
export type WithdrawReason = (typeof withdrawReasons)[number];
export type PauseReason = (typeof pauseReasons)[number];

/** Milliseconds in which an act can be taken back. */
export const undoMs = 10_000;

/** Characters of a note. */
export const longestNote = 200;

/** What a person does on the panel. `outcomeId`: what they were looking at; an act on an older outcome is refused. */
export type Act =
  | { kind: 'seen'; examId: string; outcomeId: string }
  /** Takes `seen` back. */
  | { kind: 'unseen'; examId: string }
  /** What a flag says is what its person sees: an opinion as well. */
  | { kind: 'agree'; examId: string; outcomeId: string }
  | {
      kind: 'disagree';
      examId: string;
      outcomeId: string;
      reason: DisagreeReason;
      /** At most `longestNote` characters; no patient's name. */
      note: string;
    }
  /** Takes an opinion of one's own back, within `undoMs`. */
  | { kind: 'retract'; examId: string; actId: string }
  | {
      kind: 'withdraw';
      examId: string;
      outcomeId: string;
      reason: WithdrawReason;
      note: string;
    }
  /** The image was taken again, because the panel said that its quality was not good enough. */
  | { kind: 'repeat-taken'; examId: string; outcomeId: string }
  /** Makes an exam STAT. */
  | { kind: 'raise'; examId: string }
  | { kind: 'pause'; reason: PauseReason }
  | { kind: 'resume' }
  /** The exchange of a model that is on its way waits for two hours more. */
  | { kind: 'postpone-update' }
  /** What a reader says of a drawn exam and one finding, without knowing what AI or another reader said. */
  | { kind: 'read-exam'; exam: string; finding: string; answer: (typeof readingAnswers)[number] }
  /** A model that was trusted less may go on, under watch; its charts begin anew. */
  | { kind: 'release-model'; model: string; reason: (typeof releaseReasons)[number] }
  /** A model is not to be used until somebody releases it. */
  | { kind: 'stop-model'; model: string; reason: (typeof stopReasons)[number] };

export type ActKind = Act['kind'];

/** An act that was taken and is kept. */
export interface ActView {
  id: string;
  kind: 'disagree' | 'withdraw' | 'repeat-taken' | 'raise';
  user: string;
  /** Wall time, milliseconds since 1970 UTC. */
  at: number;
  /** Of the closed list of its kind, or empty. */
  reason: string;
  note: string;
}
