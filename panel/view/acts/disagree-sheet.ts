import { h } from 'preact';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { DisagreeReason } from '../../act.ts';
import type { ExamOutcome } from '../../source.ts';
import { useLive } from '../live.ts';
import { useSay } from '../say.ts';
import { ActButton, TroubleNote } from './act-button.ts';
import { NoteField, SheetFrame, Subject } from './sheet.ts';

/** What can be said against an outcome of each kind. */
const reasonsAgainst: Record<ExamOutcome['state'], readonly DisagreeReason[]> = {
  flagged: ['not-seen', 'wrong-place', 'artifact', 'known-finding', 'outside-intended-use'],
  'no-flag': ['missed-finding', 'artifact', 'outside-intended-use'],
  'not-analysed': [],
  pending: [],
};

export function mayBeDisputed(outcome: ExamOutcome): boolean {
  return reasonsAgainst[outcome.state].length > 0;
}

/** Asks why; the tap on the reason sends it. */
export function DisagreeSheet({ examId }: { examId: string }): JSX.Element | null {
  const say = useSay();
  const [note, setNote] = useState('');
  const exam = useLive().exams.value.get(examId);
  if (!exam) return null;
  const { outcome, outcomeId } = exam;
  const buttons = reasonsAgainst[outcome.state].map((reason) =>
    h(ActButton, {
      key: reason,
      label: say.code('acts.disagree', reason),
      act: { kind: 'disagree', examId, outcomeId, reason, note: note.trim() },
      closes: true,
    }),
  );
  return h(
    SheetFrame,
    { title: say('acts.disagree-title') },
    h(Subject, { examId }),
    h('p', { class: 'stays' }, say('acts.disagree-stays')),
    h('div', { class: 'choices' }, buttons),
    h(TroubleNote, { of: { kind: 'disagree', examId } }),
    h(NoteField, { put: setNote }),
  );
}
