import { h } from 'preact';
import type { ComponentChildren, JSX } from 'preact';
import { longestNote } from '../../act.ts';
import { useLive } from '../live.ts';
import { OutcomeTitle } from '../outcome-title.ts';
import { Identity } from '../row.ts';
import { useSay } from '../say.ts';

/**
 * A question over the page: a native dialog, which keeps the focus inside, closes on Escape and gives the focus back to
 * what opened it.
 */
export function SheetFrame({
  title,
  next,
  children,
}: {
  title: string;
  /** The button that goes on, where one does. */
  next?: ComponentChildren;
  children?: ComponentChildren;
}): JSX.Element {
  const say = useSay();
  const { sheet, trouble } = useLive().acting;
  const close = () => {
    sheet.value = undefined;
    trouble.value = undefined;
  };
  return h(
    'dialog',
    { class: 'sheet', 'aria-labelledby': 'sheet-title', ref: open, onClose: close },
    h('h2', { id: 'sheet-title' }, title),
    children,
    h(
      'form',
      { method: 'dialog', class: 'sheet-end' },
      h('button', { type: 'submit', 'data-sheet': 'close' }, say('acts.cancel')),
      next,
    ),
  );
}

function open(dialog: HTMLDialogElement | null): void {
  if (dialog && !dialog.open) dialog.showModal();
}

/** Whose exam it is, so that nobody answers for another. */
export function Subject({ examId }: { examId: string }): JSX.Element | null {
  const exam = useLive().exams.value.get(examId);
  if (!exam) return null;
  return h(
    'div',
    { class: 'subject' },
    h('p', {}, h(OutcomeTitle, { exam })),
    h(Identity, { exam }),
  );
}

/** A few words of one's own; they stay on the device, and name nobody. */
export function NoteField({ put }: { put: (note: string) => void }): JSX.Element {
  const say = useSay();
  return h(
    'details',
    { class: 'note-field' },
    h('summary', {}, say('acts.note')),
    h(
      'label',
      {},
      h('span', { class: 'label' }, say('acts.note-rule', { n: longestNote })),
      h('textarea', {
        maxLength: longestNote,
        autocomplete: 'off',
        onInput: (event: Event) => put((event.target as HTMLTextAreaElement).value),
      }),
    ),
  );
}
