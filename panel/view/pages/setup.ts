import { h } from 'preact';
import type { JSX } from 'preact';
import { Field, Told } from '../form.ts';
import { useSay } from '../say.ts';

export interface SetupPage {
  fault: string;
}

/** The first start: whoever has the code makes the first administrator. */
export function SetupView({ fault }: SetupPage): JSX.Element {
  const say = useSay();
  return h(
    'section',
    { class: 'door' },
    h('h2', {}, say('access.setup')),
    h('p', {}, say('access.setup-what')),
    h(Told, { fault, done: '' }),
    h(
      'form',
      { method: 'post', action: '/setup' },
      h(Field, { label: say('access.code'), name: 'code', hint: say('access.code-hint') }),
      h(Field, {
        label: say('access.name'),
        name: 'name',
        autocomplete: 'username',
        hint: say('access.name-hint'),
      }),
      h(Field, {
        label: say('access.new-secret'),
        name: 'secret',
        type: 'password',
        autocomplete: 'new-password',
        hint: say('access.secret-hint'),
      }),
      h('button', { type: 'submit' }, say('access.make-administrator')),
    ),
  );
}
