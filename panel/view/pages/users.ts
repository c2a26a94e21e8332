import { h } from 'preact';
import type { JSX } from 'preact';
import { roles, type Role } from '../../role.ts';
import { Csrf, Field, Told } from '../form.ts';
import { visible } from '../identity.ts';
import { useLive } from '../live.ts';
import { useSay } from '../say.ts';

export interface UserRow {
  name: string;
  displayName: string;
  role: Role;
  hasBadge: boolean;
}

export interface UsersPage {
  users: UserRow[];
  fault: string;
  done: string;
}

/** Who may use the panel, for administrators. */
export function UsersView({ users, fault, done }: UsersPage): JSX.Element {
  const say = useSay();
  return h(
    'section',
    { class: 'users' },
    h('h2', {}, say('access.users')),
    h(Told, { fault, done }),
    h(
      'ul',
      { class: 'user-list' },
      users.map((user) => h(UserItem, { key: user.name, user })),
    ),
    h('h3', {}, say('access.add-user')),
    h(AddUser, {}),
  );
}

function UserItem({ user }: { user: UserRow }): JSX.Element {
  const say = useSay();
  const { name, displayName, role, hasBadge } = user;
  return h(
    'li',
    { class: 'user' },
    h(
      'details',
      {},
      h(
        'summary',
        {},
        h(
          'span',
          {},
          h('strong', {}, h('bdi', {}, visible(displayName) || name)),
          displayName && h('span', { class: 'label' }, ` ${name}`),
        ),
        h('span', {}, say(`access.role.${role}`)),
        h('span', {}, say(hasBadge ? 'access.has-badge' : 'access.no-badge')),
      ),
      h(
        'div',
        { class: 'user-acts' },
        h(UserForm, { name, act: 'role' }, h(RoleField, { value: role })),
        h(
          UserForm,
          { name, act: 'secret' },
          h(Field, {
            label: say('access.new-secret'),
            name: 'secret',
            type: 'password',
            autocomplete: 'new-password',
            hint: say('access.secret-hint'),
          }),
        ),
        h(
          UserForm,
          { name, act: 'badge' },
          h(Field, {
            label: say('access.badge'),
            name: 'badge',
            type: 'password',
            required: false,
            hint: say('access.badge-clear'),
          }),
        ),
        h(UserForm, { name, act: 'unlock' }),
        h(UserForm, { name, act: 'remove' }),
      ),
    ),
  );
}

interface UserFormProps {
  name: string;
  act: 'role' | 'secret' | 'badge' | 'unlock' | 'remove';
  children?: JSX.Element;
}

/** One change of one account; removing one asks for a tick that it is meant. */
function UserForm({ name, act, children }: UserFormProps): JSX.Element {
  const say = useSay();
  const { shell } = useLive();
  return h(
    'form',
    { method: 'post', action: `/users/${encodeURIComponent(name)}/${act}` },
    h(Csrf, { csrf: shell.csrf }),
    children,
    act === 'remove' &&
      h(
        'label',
        { class: 'sure' },
        h('input', { type: 'checkbox', name: 'sure', value: 'yes', required: true }),
        say('access.sure'),
      ),
    h('button', { type: 'submit' }, say(`access.act.${act}`)),
  );
}

function RoleField({ value }: { value: Role | undefined }): JSX.Element {
  const say = useSay();
  const options = roles.map((role) =>
    h('option', { key: role, value: role, selected: role === value }, say(`access.role.${role}`)),
  );
  return h(
    'label',
    { class: 'field' },
    h('span', { class: 'label' }, say('access.role')),
    h('select', { name: 'role', required: true }, options),
  );
}

function AddUser(): JSX.Element {
  const say = useSay();
  const { shell } = useLive();
  return h(
    'form',
    { method: 'post', action: '/users' },
    h(Csrf, { csrf: shell.csrf }),
    h(Field, { label: say('access.name'), name: 'name', hint: say('access.name-hint') }),
    h(Field, {
      label: say('access.display-name'),
      name: 'displayName',
      required: false,
      hint: say('access.display-name-hint'),
    }),
    h(RoleField, { value: undefined }),
    h(Field, {
      label: say('access.new-secret'),
      name: 'secret',
      type: 'password',
      autocomplete: 'new-password',
      hint: say('access.secret-hint'),
    }),
    h('button', { type: 'submit' }, say('access.add-user')),
  );
}
