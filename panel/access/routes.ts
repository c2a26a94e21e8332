import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ScansideError } from '../../device/errors.ts';
import { roles, type Role } from '../role.ts';
import { actorOf } from '../actor.ts';
import type { Access } from './access.ts';
import {
  addAccount,
  changeAccount,
  makeAccount,
  nameForm,
  removeAccount,
  unlockAccount,
  AccountError,
  type AccountChange,
} from './account.ts';
import { wantsPage } from './answer.ts';
import type { Fields } from '../../device/web/form-body.ts';
import { ownPath } from '../../device/web/origin.ts';
import { findFault } from '../../device/web/secret-rules.ts';
import { badgeForm } from './sign-in.ts';

type Named = { Params: { name: string } };

/** Serves what people do with accounts: signing in and out, the first administrator, users, one’s own secret. */
export function serveAccess(app: FastifyInstance, access: Access): void {
  serveDoors(app, access);
  serveOwnAccount(app, access);
  serveUsers(app, access);
}

function serveDoors(app: FastifyInstance, access: Access): void {
  const open = { config: { permission: 'public' } } as const;
  app.post('/sign-in', open, async (request, reply) => {
    access.limitSecrets(request);
    access.accounts.refresh();
    if (!access.isSetUp) throw new ScansideError('SETUP_NEEDED', 'there is no account');
    const { name = '', secret = '', badge = '', to } = access.fields(request);
    const shown = badge ? { badge } : { name, secret };
    access.begin(request, reply, await access.signIn.enter(shown, request.ip));
    return answer(request, reply, ownPath(to, '/'));
  });
  app.post('/setup', open, async (request, reply) => {
    access.limitSecrets(request);
    const fields = access.fields(request);
    if (!access.setupCode.accepts(fields['code'] ?? ''))
      throw access.refuse(request, 'session', 'SETUP_REFUSED', 'not the code of this start');
    const first = await newAccount(access, { ...fields, role: 'administrator' });
    access.accounts.change((accounts) => {
      if (accounts.length > 0) throw new ScansideError('SETUP_REFUSED', 'there is an account');
      return [first];
    });
    access.begin(request, reply, first);
    access.record({ ...userChanged(request, first.name), item: 'created' });
    return answer(request, reply, '/users');
  });
}

function serveOwnAccount(app: FastifyInstance, access: Access): void {
  const own = { config: { permission: 'own-account' } } as const;
  app.get('/api/session', own, (request) => actorOf(request));
  app.post('/sign-out', own, (request, reply) => {
    access.leave(request, reply);
    return answer(request, reply, '/sign-in');
  });
  app.post('/account/secret', own, async (request, reply) => {
    access.limitSecrets(request);
    const { current = '', secret = '' } = access.fields(request);
    const { user } = actorOf(request);
    await access.signIn.enter({ name: user, secret: current }, request.ip);
    const changed = { secret: await hashGood(access, secret, user) };
    access.accounts.change((accounts) => changeAccount(accounts, user, changed));
    access.record({ ...userChanged(request, user), item: 'secret' });
    const account = access.accounts.find(user);
    if (account) access.begin(request, reply, account);
    access.heedAccounts();
    return answer(request, reply, '/account?done=secret');
  });
}

function serveUsers(app: FastifyInstance, access: Access): void {
  const manage = { config: { permission: 'manage-users' } } as const;
  app.post('/users', manage, async (request, reply) => {
    const added = await newAccount(access, access.fields(request));
    access.accounts.change((accounts) => addAccount(accounts, added));
    return finish(access, request, reply, added.name, 'created');
  });
  for (const item of ['role', 'secret', 'badge'] as const)
    app.post<Named>(`/users/:name/${item}`, manage, async (request, reply) => {
      const name = nameOf(request);
      const change = await readChange[item](access, access.fields(request), name);
      access.accounts.change((accounts) => changeAccount(accounts, name, change));
      return finish(access, request, reply, name, item);
    });
  app.post<Named>('/users/:name/remove', manage, (request, reply) => {
    const name = nameOf(request);
    access.accounts.change((accounts) => removeAccount(accounts, name));
    return finish(access, request, reply, name, 'removed');
  });
  app.post<Named>('/users/:name/unlock', manage, (request, reply) => {
    const name = nameOf(request);
    access.accounts.change((accounts) => unlockAccount(accounts, name));
    return finish(access, request, reply, name, 'unlocked');
  });
}

const readChange: Record<
  'role' | 'secret' | 'badge',
  (access: Access, fields: Fields, name: string) => Promise<AccountChange>
> = {
  role: async (_access, { role }) => ({ role: readRole(role) }),
  secret: async (access, { secret = '' }, name) => ({
    secret: await hashGood(access, secret, name),
  }),
  async badge(access, { badge = '' }, name) {
    if (badge === '') return { badge: '' };
    if (!badgeForm.test(badge)) throw new AccountError('badge-form');
    if (access.accounts.find(name)?.role === 'administrator')
      throw new AccountError('badge-administrator');
    return { badge: access.accounts.identifyBadge(badge) };
  },
};

async function newAccount(access: Access, fields: Fields) {
  const { name = '', displayName = '', role, secret = '' } = fields;
  const short = name.trim().toLowerCase();
  const blank = { n: 0, r: 0, p: 0, salt: '', key: '' };
  const account = makeAccount(short, displayName, readRole(role), blank);
  return { ...account, secret: await hashGood(access, secret, short) };
}

function hashGood(access: Access, secret: string, name: string) {
  const fault = findFault(secret, name);
  if (fault) throw new AccountError(fault);
  return access.signIn.hash(secret);
}

function readRole(text: string | undefined): Role {
  const role = roles.find((each) => each === text);
  if (role) return role;
  throw new AccountError('role');
}

function nameOf({ params: { name } }: FastifyRequest<Named>): string {
  if (nameForm.test(name)) return name;
  throw new ScansideError('ACCOUNT_UNKNOWN', 'no such name');
}

function finish(
  access: Access,
  request: FastifyRequest,
  reply: FastifyReply,
  name: string,
  item: string,
) {
  access.record({ ...userChanged(request, name), item });
  access.heedAccounts();
  return answer(request, reply, `/users?done=${item}`);
}

function userChanged(request: FastifyRequest, user: string) {
  return { kind: 'user-changed', actor: actorOf(request), user } as const;
}

/** A form goes on to a page; a script is told where it would, and what its next request has to bear. */
function answer(request: FastifyRequest, reply: FastifyReply, to: string): FastifyReply {
  return wantsPage(request)
    ? reply.redirect(to, 303)
    : reply.send({ to, csrf: request.session?.csrf ?? '' });
}
