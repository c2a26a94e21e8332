import type { JSX } from 'preact';
import { h } from 'preact';

/** A form that narrows what a page lists. */
export function Find({ find, label }: { find: string; label: string }): JSX.Element {
  return h('form', { method: 'get', class: 'find', role: 'search' }, [
    h('label', { for: 'find' }, label),
    h('input', { id: 'find', name: 'find', value: find, maxLength: 64, autocomplete: 'off' }),
    h('button', { type: 'submit' }, 'Find'),
    find !== '' && h('a', { href: '?' }, 'Show all'),
  ]);
}
