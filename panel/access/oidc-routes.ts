import type { FastifyInstance } from 'fastify';
import type { Access } from './access.ts';
import { handleCookie, handleCookieName, readCookie } from '../../device/web/cookie.ts';
import type { IdentityProvider } from './identity-provider.ts';
import { ownPath } from '../../device/web/origin.ts';
import type { SendPage } from './pages.ts';

/** Serves the way to the site's identity provider and back. */
export function serveOidc(
  app: FastifyInstance,
  access: Access,
  provider: IdentityProvider,
  send: SendPage,
): void {
  const open = { config: { permission: 'public' } } as const;
  app.get<{ Querystring: { to?: unknown } }>('/oidc/start', open, async (request, reply) => {
    access.limitSecrets(request);
    const { url, handle } = await provider.begin(ownPath(request.query.to, '/'));
    reply.header('set-cookie', handleCookie(handle, access.isSecure));
    return reply.redirect(url, 303);
  });
  app.get('/oidc/callback', open, async (request, reply) => {
    access.limitSecrets(request);
    const handle = readCookie(request.headers.cookie, handleCookieName(access.isSecure)) ?? '';
    const query = request.url.split('?')[1] ?? '';
    const { name, role, to } = await provider.finish(handle, query).catch((error: unknown) => {
      access.record({
        kind: 'sign-in-failed',
        user: '',
        address: request.ip,
        reason: 'provider',
      });
      throw error;
    });
    reply.header('set-cookie', handleCookie('', access.isSecure));
    access.begin(request, reply, { name, displayName: '', role, version: undefined });
    return send(request, reply, { name: 'entered', to });
  });
}
