import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { PageData } from '../view/state.ts';
import type { Access } from './access.ts';
import { ownPath } from '../../device/web/origin.ts';

/** Answers with a page of the panel. */
export type SendPage = (
  request: FastifyRequest,
  reply: FastifyReply,
  page: PageData,
) => FastifyReply;

type Told = { Querystring: { fault?: unknown; done?: unknown; to?: unknown } };

/** Serves the pages on which people sign in, set up, and manage accounts. They work without scripts. */
export function serveAccessPages(
  app: FastifyInstance,
  access: Access,
  send: SendPage,
  hasProvider: boolean,
): void {
  const open = { config: { permission: 'public' } } as const;
  app.get<Told>('/sign-in', open, (request, reply) => {
    if (!access.isSetUp) return reply.redirect('/setup', 303);
    const { fault, to } = request.query;
    return send(request, reply, {
      name: 'sign-in',
      fault: word(fault),
      to: ownPath(to, '/'),
      hasProvider,
    });
  });
  app.get<Told>('/setup', open, (request, reply) => {
    if (access.isSetUp) return reply.redirect('/sign-in', 303);
    return send(request, reply, { name: 'setup', fault: word(request.query.fault) });
  });
  app.get<Told>('/account', { config: { permission: 'own-account' } }, (request, reply) => {
    const { fault, done, to } = request.query;
    const displayName = request.session?.displayName ?? '';
    const told = { fault: word(fault), done: word(done), to: ownPath(to, '/') };
    const people = access.accounts.accounts.map(({ name, displayName: shown }) => {
      return { name, displayName: shown };
    });
    return send(request, reply, { name: 'account', displayName, people, ...told });
  });
  app.get<Told>('/users', { config: { permission: 'manage-users' } }, (request, reply) => {
    const { fault, done } = request.query;
    const users = access.accounts.accounts.map(({ name, displayName, role, badge }) => {
      return { name, displayName, role, hasBadge: badge !== '' };
    });
    return send(request, reply, { name: 'users', users, fault: word(fault), done: word(done) });
  });
}

/** A code that an address may bear; the page words the ones that it knows and shows nothing else. */
function word(code: unknown): string {
  return typeof code === 'string' && /^[\w-]{1,40}$/.test(code) ? code : '';
}
