import { h } from 'preact';
import type { JSX } from 'preact';
import { Csrf, Field, Told } from '../form.ts';
import { visible } from '../identity.ts';
import { useLive } from '../live.ts';
import { useSay } from '../say.ts';
import { SignInForms, type Person } from './sign-in.ts';

export interface AccountPage {
  displayName: string;
  fault: string;
  done: string;
  /** Where whoever takes over goes on: a path of the panel. */
  to: string;
  people: readonly Person[];
}

/** Who is signed in; somebody else takes over; one’s own secret. */
export function AccountView({ displayName, fault, done, to, people }: AccountPage): JSX.Element {
  const say = useSay();
  const { shell } = useLive();
  const { name = '', role = 'technologist' } = shell.user ?? {};
  return h(
    'section',
    { class: 'account' },
    h('h2', {}, say('access.account')),
    h(Told, { fault, done }),
    h(
      'div',
      { class: 'person' },
      h(
        'p',
        { class: 'who' },
        h('strong', {}, h('bdi', {}, visible(displayName) || name)),
        displayName && ` (${name})`,
        ` · ${say(`access.role.${role}`)}`,
      ),
      shell.user?.permissions.includes('manage-users') &&
        h('a', { class: 'button', href: '/users' }, say('access.users')),
      h(
        'form',
        { method: 'post', action: '/sign-out' },
        h(Csrf, { csrf: shell.csrf }),
        h('button', { type: 'submit' }, say('access.sign-out')),
      ),
    ),
    h('h3', {}, say('access.take-over')),
    h(SignInForms, { to, people }),
    h('h3', {}, say('access.change-secret')),
    h(ChangeSecret, { csrf: shell.csrf, name }),
  );
}

function ChangeSecret({ csrf, name }: { csrf: string; name: string }): JSX.Element {
  const say = useSay();
  return h(
    'form',
    { method: 'post', action: '/account/secret' },
    h(Csrf, { csrf }),
    h('input', { type: 'hidden', name: 'name', value: name, autocomplete: 'username' }),
    h(Field, {
      label: say('access.old-secret'),
      name: 'current',
      type: 'password',
      autocomplete: 'current-password',
    }),
    h(Field, {
      label: say('access.new-secret'),
      name: 'secret',
      type: 'password',
      autocomplete: 'new-password',
      hint: say('access.secret-hint'),
    }),
    h('button', { type: 'submit' }, say('access.change-secret')),
  );
}
