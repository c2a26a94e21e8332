import { h } from 'preact';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { WithdrawReason } from '../../act.ts';
import { withdrawReasons } from '../../act.ts';
import { useLive } from '../live.ts';
import { useSay } from '../say.ts';
import { ActButton, TroubleNote } from './act-button.ts';
import { NoteField, SheetFrame, Subject } from './sheet.ts';

/** Takes a flag back in two steps: first why, then whether it is meant. */
export function WithdrawSheet({ examId }: { examId: string }): JSX.Element | null {
  const say = useSay();
  const [reason, setReason] = useState<WithdrawReason | undefined>(undefined);
  const [note, setNote] = useState('');
  const [asked, setAsked] = useState(false);
  const exam = useLive().exams.value.get(examId);
  if (!exam) return null;
  const { outcomeId } = exam;
  const step =
    asked && reason
      ? [
          h('p', { class: 'stays' }, say('acts.withdraw-sure')),
          h('p', {}, say.code('acts.withdraw', reason)),
          h(
            'div',
            { class: 'choices' },
            h(ActButton, {
              label: say('acts.withdraw-now'),
              act: { kind: 'withdraw', examId, outcomeId, reason, note: note.trim() },
              closes: true,
            }),
            h('button', { type: 'button', onClick: () => setAsked(false) }, say('acts.back')),
          ),
          h(TroubleNote, { of: { kind: 'withdraw', examId } }),
        ]
      : [
          h('p', {}, say('acts.withdraw-what')),
          h(Reasons, { chosen: reason, choose: setReason }),
          h(NoteField, { put: setNote }),
        ];
  const next =
    reason &&
    !asked &&
    h(
      'button',
      { type: 'button', 'data-step': 'next', onClick: () => setAsked(true) },
      say('acts.next'),
    );
  return h(SheetFrame, { title: say('acts.withdraw-title'), next }, h(Subject, { examId }), step);
}

function Reasons({
  chosen,
  choose,
}: {
  chosen: WithdrawReason | undefined;
  choose: (reason: WithdrawReason) => void;
}): JSX.Element {
  const say = useSay();
  const choices = withdrawReasons.map((reason) =>
    h(
      'label',
      { key: reason },
      h('input', {
        type: 'radio',
        name: 'reason',
        value: reason,
        checked: reason === chosen,
        onChange: () => choose(reason),
      }),
      say.code('acts.withdraw', reason),
    ),
  );
  return h(
    'fieldset',
    { class: 'choices' },
    h('legend', { class: 'unseen-text' }, say('acts.reason')),
    choices,
  );
}
