import type { FastifyRequest } from 'fastify';
import { ScansideError } from '../device/errors.ts';
import type { Actor } from './role.ts';

/** Who is asking. Only for routes that are not public: `access/` has let somebody through. */
export function actorOf({ session, ip }: FastifyRequest): Actor {
  if (!session) throw new ScansideError('INTERNAL', 'a public route asks for its actor');
  return { user: session.user, role: session.role, address: ip };
}
