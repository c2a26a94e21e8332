import { h } from 'preact';
import type { JSX } from 'preact';
import { useLive } from './live.ts';
import { useSay } from './say.ts';

/** What was wrong with a form that came back, or what has been done. */
export function Told({ fault, done }: { fault: string; done: string }): JSX.Element | null {
  const say = useSay();
  const { shell } = useLive();
  if (fault && `access.fault.${fault}` in shell.words)
    return h('p', { class: 'fault', role: 'alert' }, say.code('access.fault', fault));
  if (done && `access.done.${done}` in shell.words)
    return h('p', { class: 'done', role: 'status' }, say.code('access.done', done));
  return null;
}

/** What every form of ours bears, so that no other site can send it. */
export function Csrf({ csrf }: { csrf: string }): JSX.Element {
  return h('input', { type: 'hidden', name: 'csrf', value: csrf });
}

export interface FieldProps {
  label: string;
  name: string;
  type?: 'text' | 'password';
  autocomplete?: string;
  hint?: string;
  value?: string;
  required?: boolean;
  inputmode?: 'numeric' | 'text';
}

/** One field of a form with its label. */
export function Field({
  label,
  name,
  type = 'text',
  autocomplete = 'off',
  hint,
  value,
  required = true,
  inputmode,
}: FieldProps): JSX.Element {
  const attributes = { name, type, autocomplete, required, inputmode, defaultValue: value };
  return h(
    'label',
    { class: 'field' },
    h('span', { class: 'label' }, label),
    h('input', { ...attributes, autocapitalize: 'none', spellcheck: false, maxLength: 128 }),
    hint && h('span', { class: 'hint' }, hint),
  );
}
