import { h } from 'preact';
import type { JSX } from 'preact';
import { useLive } from '../live.ts';
import { useSay } from '../say.ts';
import { ActButton, TroubleNote } from './act-button.ts';
import { undoable } from './acting.ts';

/** What acting puts over a page: the sheet that is open, and for ten seconds the way back. */
export function ActsLayer(): JSX.Element {
  return h('div', { class: 'acts-layer' }, h(OpenSheet, {}), h(UndoBar, {}));
}

function OpenSheet(): JSX.Element | null {
  const { sheet, sheetViews } = useLive().acting;
  const [open, views] = [sheet.value, sheetViews.value];
  if (!open || !views) return null;
  if (open.kind === 'pause') return h(views.pause, {});
  return h(views[open.kind], { examId: open.examId });
}

function UndoBar(): JSX.Element {
  const say = useSay();
  const live = useLive();
  const undo = undoable(live);
  const bar = undo && [
    h('span', {}, say.code('acts.done', undo.done)),
    h(
      'span',
      { class: 'seconds', 'aria-hidden': 'true' },
      `${say.number(Math.ceil((undo.until - live.now.value) / 1000))} s`,
    ),
    h(ActButton, { key: undo.examId, act: undo.back, label: say('acts.undo') }),
    h(TroubleNote, { of: undo.back }),
  ];
  return h('div', { role: 'status' }, bar && h('div', { class: 'undo-bar' }, bar));
}
