import { h } from 'preact';
import type { ComponentChildren, JSX } from 'preact';
import type { ExamView } from '../../source.ts';
import { useLive } from '../live.ts';
import { isUnseen, kindOf } from '../outcome.ts';
import { useSay } from '../say.ts';
import { ActButton, TroubleNote } from './act-button.ts';
import type { Sheet } from './acting.ts';
import { mayBeDisputed } from './dispute.ts';

/** What can be done with an exam in its state, before one asks who may. */
export interface Doable {
  seen: boolean;
  agree: boolean;
  disagree: boolean;
  withdraw: boolean;
  repeatTaken: boolean;
  raise: boolean;
}

const waiting: readonly ExamView['state'][] = ['receiving', 'complete', 'analysing'];

/** The table of what can be done; `where`: in the list only what matters there, so that quiet rows stay quiet. */
export function doableWith(
  exam: ExamView,
  seen: ReadonlyMap<string, string>,
  where: 'list' | 'exam',
): Doable {
  const kind = kindOf(exam);
  const { outcome } = exam;
  const isQuality = outcome.state === 'not-analysed' && outcome.reason === 'quality';
  return {
    seen: isUnseen(exam, seen),
    agree: where === 'exam' && kind === 'flagged',
    disagree: kind === 'flagged' || (where === 'exam' && mayBeDisputed(outcome)),
    withdraw: where === 'exam' && kind === 'flagged',
    repeatTaken: isQuality && !exam.repeatTaken,
    raise: !exam.urgent && waiting.includes(exam.state),
  };
}

/** The buttons of an exam for the person who looks at it. */
export function ExamActs({
  exam,
  where,
  children,
}: {
  exam: ExamView;
  where: 'list' | 'exam';
  children?: ComponentChildren;
}): JSX.Element {
  const say = useSay();
  const { shell, seen } = useLive();
  const { id: examId, outcomeId } = exam;
  const permissions = shell.user?.permissions ?? [];
  const can = doableWith(exam, seen.value, where);
  const buttons = permissions.includes('act') && [
    can.seen &&
      h(ActButton, {
        key: 'seen',
        act: { kind: 'seen', examId, outcomeId },
        label: say('list.seen'),
      }),
    can.repeatTaken &&
      h(ActButton, {
        key: 'repeat-taken',
        act: { kind: 'repeat-taken', examId, outcomeId },
        label: say('acts.repeat-taken'),
      }),
    can.raise &&
      h(ActButton, { key: 'raise', act: { kind: 'raise', examId }, label: say('list.raise') }),
    can.agree &&
      h(ActButton, {
        key: 'agree',
        act: { kind: 'agree', examId, outcomeId },
        label: say('acts.agree-button'),
      }),
    can.disagree &&
      h(SheetButton, { sheet: { kind: 'disagree', examId }, label: say('acts.disagree-button') }),
  ];
  return h(
    'div',
    { class: 'buttons' },
    children,
    buttons,
    can.withdraw &&
      permissions.includes('withdraw-flag') &&
      h(SheetButton, { sheet: { kind: 'withdraw', examId }, label: say('acts.withdraw-button') }),
    (['seen', 'agree', 'repeat-taken', 'raise'] as const).map((kind) =>
      h(TroubleNote, { key: kind, of: { kind, examId } }),
    ),
  );
}

/** Opens a sheet. */
export function SheetButton({ sheet, label }: { sheet: Sheet; label: string }): JSX.Element {
  const { acting } = useLive();
  return h(
    'button',
    {
      type: 'button',
      'data-sheet': sheet.kind,
      'aria-haspopup': 'dialog',
      onClick: () => {
        acting.sheet.value = sheet;
      },
    },
    label,
  );
}
