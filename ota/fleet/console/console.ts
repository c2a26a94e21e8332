import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fastify from 'fastify';
import type { Clock } from '../../../device/clock.ts';
import { ScansideError } from '../../../device/errors.ts';
import { securityHeaders, strictTransport } from '../../../device/web/security-headers.ts';
import {
  answerBroken,
  limitConnections,
  listenerOptions,
  type PanelTls,
  serverLimits,
} from '../../../device/web/server-limits.ts';
import type { FleetStore } from '../store/fleet-store.ts';
import { ConsoleAccess, sessionOf } from './access.ts';
import { answerError } from './answer.ts';
import { serveFiles } from './files.ts';
import { RefusedPage } from './pages/door.ts';
import { pageHtml } from './pages/frame.ts';
import { Photographer } from './picture.ts';
import { serveSteps } from './step-routes.ts';
import { serveViews } from './view-routes.ts';

export interface ConsoleOptions {
  /** Without `tls` an address of this machine. */
  host: string;
  /** 0 takes a free port. */
  port: number;
  tls?: PanelTls | undefined;
  store: FleetStore;
  clock: Clock;
  log(level: 'info' | 'warn', event: string, fields?: Record<string, unknown>): void;
}

/** A console that listens. */
export interface Console {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the fleet’s console. Throws PORT_IN_USE where the address cannot be listened on. */
export async function startConsole(options: ConsoleOptions): Promise<Console> {
  const { host, port, tls, store, clock } = options;
  const app = createApp(options);
  const photographer = new Photographer(store, clock);
  const access = new ConsoleAccess(options);
  access.guard(app);
  serveFiles(app);
  serveViews(app, { photographer });
  access.serveDoors(app);
  serveSteps(app, { photographer, store, clock });
  try {
    await app.listen({ host, port });
  } catch (cause) {
    await app.close();
    throw new ScansideError('PORT_IN_USE', `console on ${host}:${port}`, { cause });
  }
  const address = app.server.address();
  const taken = typeof address === 'object' && address ? address.port : port;
  const shown = host.includes(':') ? `[${host}]` : host;
  return { url: `${tls ? 'https' : 'http'}://${shown}:${taken}/`, close: () => app.close() };
}

function createApp({ tls, log }: ConsoleOptions): FastifyInstance {
  const headers = tls ? { ...securityHeaders, ...strictTransport } : securityHeaders;
  const app = fastify({
    ...serverLimits,
    ...listenerOptions(tls),
    clientErrorHandler: (error, socket) => void answerBroken(error, socket),
  });
  limitConnections(app.server);
  app.addHook('onRequest', async (_request, reply) => void reply.headers(headers));
  app.setNotFoundHandler((request, reply) => refuse(request, reply, 404, 'There is no such page.'));
  app.setErrorHandler((error, request, reply) => {
    const { status, text, to } = answerError(error, request, log);
    if (to) return reply.redirect(to, 303);
    return refuse(request, reply, status, text);
  });
  return app;
}

function refuse(request: FastifyRequest, reply: FastifyReply, status: number, text: string) {
  const shell = { session: sessionOf(request), path: request.url, picture: undefined };
  const html = pageHtml(shell, 'Not possible', RefusedPage({ text }));
  if (status === 429) reply.header('retry-after', '60');
  return reply.code(status).type('text/html; charset=utf-8').send(html);
}
