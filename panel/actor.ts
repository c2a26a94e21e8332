import type { FastifyRequest } from 'fastify';
import type { Actor } from './role.ts';

/** Who is asking. */
export function actorOf(request: FastifyRequest): Actor {
  return { user: 'panel', role: 'technologist', address: request.ip };
}
