import { h } from 'preact';
import type { JSX } from 'preact';
import { Field, Told } from '../form.ts';
import { visible } from '../identity.ts';
import { useSay } from '../say.ts';

export interface SignInPage {
  /** Where to go on to: a path of the panel. */
  to: string;
  /** Code of what was wrong the last time, or empty. */
  fault: string;
  /** Whether the site has an identity provider. */
  hasProvider: boolean;
}

/** The door: name and secret, or a badge. */
export function SignInView({ to, fault, hasProvider }: SignInPage): JSX.Element {
  const say = useSay();
  return h(
    'section',
    { class: 'door' },
    h('h2', {}, say('access.sign-in')),
    h(Told, { fault, done: '' }),
    hasProvider &&
      h(
        'p',
        {},
        h(
          'a',
          { class: 'button', href: `/oidc/start?to=${encodeURIComponent(to)}` },
          say('access.with-provider'),
        ),
      ),
    h(SignInForms, { to }),
  );
}

/** Somebody with an account. */
export interface Person {
  name: string;
  displayName: string;
}

function NamePicker({ people }: { people: readonly Person[] }): JSX.Element {
  const say = useSay();
  const options = people.map(({ name, displayName }) =>
    h(
      'option',
      { key: name, value: name },
      displayName ? `${visible(displayName)} (${name})` : name,
    ),
  );
  return h(
    'label',
    { class: 'field' },
    h('span', { class: 'label' }, say('access.name')),
    h('select', { name: 'name', required: true }, h('option', { value: '' }, ''), options),
  );
}

/** The forms that begin a session, here and where one person takes over from another. */
export function SignInForms({
  to,
  people = [],
}: {
  to: string;
  /** Who can be picked; at the door nobody is told who there is. */
  people?: readonly Person[];
}): JSX.Element {
  const say = useSay();
  const goOn = h('input', { type: 'hidden', name: 'to', value: to });
  return h(
    'div',
    { class: 'ways-in' },
    h(
      'form',
      { method: 'post', action: '/sign-in', 'data-form': 'secret' },
      h('h3', {}, say('access.with-name')),
      goOn,
      people.length > 0
        ? h(NamePicker, { people })
        : h(Field, { label: say('access.name'), name: 'name', autocomplete: 'username' }),
      h(Field, {
        label: say('access.secret'),
        name: 'secret',
        type: 'password',
        autocomplete: 'current-password',
      }),
      h('div', { class: 'pin-pad' }),
      h('button', { type: 'submit' }, say('access.sign-in')),
    ),
    h(
      'form',
      { method: 'post', action: '/sign-in', 'data-form': 'badge' },
      h('h3', {}, say('access.with-badge')),
      goOn,
      h(Field, {
        label: say('access.badge'),
        name: 'badge',
        type: 'password',
        hint: say('access.badge-hint'),
      }),
      h('button', { type: 'submit' }, say('access.sign-in')),
    ),
  );
}
