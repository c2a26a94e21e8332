import { h } from 'preact';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useLive } from '../live.ts';
import { useSay } from '../say.ts';
import { ActButton, TroubleNote } from './act-button.ts';
import { reasonsAgainst } from './dispute.ts';
import { NoteField, SheetFrame, Subject } from './sheet.ts';

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
