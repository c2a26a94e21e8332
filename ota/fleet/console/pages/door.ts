import type { JSX } from 'preact';
import { h } from 'preact';

/** Where people sign in. `fault`: why the last try was refused. */
export function SignInPage({ to, fault }: { to: string; fault: string }): JSX.Element {
  return h('form', { method: 'post', action: '/sign-in', class: 'door' }, [
    fault !== '' && h('p', { class: 'because', role: 'alert' }, fault),
    h('input', { type: 'hidden', name: 'to', value: to }),
    h('label', { for: 'name' }, 'Name'),
    h('input', {
      id: 'name',
      name: 'name',
      required: true,
      maxLength: 32,
      autocomplete: 'username',
      autocapitalize: 'none',
      spellcheck: false,
    }),
    h('label', { for: 'secret' }, 'Password'),
    h('input', {
      id: 'secret',
      name: 'secret',
      type: 'password',
      required: true,
      maxLength: 128,
      autocomplete: 'current-password',
    }),
    h('button', { type: 'submit', class: 'act' }, 'Sign in'),
  ]);
}

/** What is said instead of a page. */
export function RefusedPage({ text }: { text: string }): JSX.Element {
  return h('div', { class: 'sections' }, [
    h('p', { class: 'because', role: 'alert' }, text),
    h('p', {}, h('a', { href: '/' }, 'To the overview')),
  ]);
}
