import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import fastify from 'fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import type { AccountStore } from './access/account-store.ts';
import { registerAccess, type AccessOptions, type GuardedRoute } from './access/access.ts';
import { answerRefusal, isRefusal, wantsPage } from './access/answer.ts';
import { IdentityProvider, type OidcSettings } from './access/identity-provider.ts';
import { serveOidc } from './access/oidc-routes.ts';
import { serveAccessPages, type SendPage } from './access/pages.ts';
import { serveAccess } from './access/routes.ts';
import {
  answerBroken,
  limitConnections,
  listenerOptions,
  serverLimits,
  type PanelTls,
} from '../device/web/server-limits.ts';
import { serveApi } from './api.ts';
import { readAssets } from './assets.ts';
import { serveExams } from './exam-routes.ts';
import { Feed } from './feed.ts';
import { Pages } from './pages.ts';
import { securityHeaders, strictTransport } from '../device/web/security-headers.ts';
import { serveService } from './service-routes.ts';
import type { PanelSettings } from './settings.ts';
import { defaultSettings } from './settings.ts';
import type { PanelSource } from './source.ts';

export interface PanelOptions {
  host: string;
  /** 0 takes a free port. */
  port: number;
  clock: Clock;
  source: PanelSource;
  settings?: PanelSettings;
  /** Who may use it. */
  accounts: AccountStore;
  /** HTTPS; without it plain HTTP, which is for an address of this machine alone. */
  tls?: PanelTls | undefined;
  /** The site's identity provider. */
  oidc?: OidcSettings | undefined;
  log?: AccessOptions['log'];
  rates?: AccessOptions['rates'];
}

/** A panel that listens. */
export interface Panel {
  readonly url: string;
  readonly port: number;
  /** How many pages are connected to the stream of events. */
  readonly viewers: number;
  /** What makes the first administrator while there is none. */
  readonly setupCode: string;
  /** Every route, and who may ask it. */
  readonly routes: readonly GuardedRoute[];
  close(): Promise<void>;
}

/** Serves the panel. Throws PORT_IN_USE where the address cannot be listened on, PANEL_NOT_BUILT without its files. */
export async function startPanel(options: PanelOptions): Promise<Panel> {
  const { host, clock, source, settings = defaultSettings } = options;
  const assets = readAssets();
  const noticeDelayMs = settings.technologistNoticeDelaySeconds * 1000;
  const feed = new Feed({ clock, source, bootId: randomUUID(), noticeDelayMs });
  const pages = new Pages({ feed, source, settings, assets });
  const app = createApp(pages, options.tls, (address) => access.refuseBroken(address));
  const access = registerAccess(app, {
    ...options,
    ...settings,
    log: options.log ?? (() => undefined),
    isSecure: options.tls !== undefined,
    record: (record) => source.record(record),
    ended: (session) => feed.end(session),
  });
  pages.serve(app);
  serveAccess(app, access);
  const { oidc } = options;
  const send: SendPage = (request, reply, page) => pages.send(request, reply, page);
  serveAccessPages(app, access, send, oidc !== undefined);
  if (oidc) serveOidc(app, access, new IdentityProvider(oidc, clock), send);
  serveApi(app, { feed, source });
  serveExams(app, { feed, source, pages });
  serveService(app, { access, service: source.service, pages });
  try {
    await app.listen({ host, port: options.port });
  } catch (cause) {
    feed.close();
    await app.close();
    throw new ScansideError('PORT_IN_USE', `panel on ${host}:${options.port}`, { cause });
  }
  const address = app.server.address();
  const port = typeof address === 'object' && address ? address.port : options.port;
  return {
    url: `${options.tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}/`,
    port,
    setupCode: access.setupCode.text,
    routes: access.routes,
    get viewers() {
      return feed.viewers;
    },
    async close() {
      feed.close();
      await app.close();
    },
  };
}

function createApp(
  pages: Pages,
  tls: PanelTls | undefined,
  broken: (address: string) => void,
): FastifyInstance {
  const headers = tls?.strict ? { ...securityHeaders, ...strictTransport } : securityHeaders;
  const notFound = (request: FastifyRequest, reply: FastifyReply) => {
    reply.headers(headers).code(404);
    if (wantsPage(request)) return pages.send(request, reply, { name: 'not-found' });
    return reply.send({ error: 'not found' });
  };
  const options = {
    ...serverLimits,
    ...listenerOptions(tls),
    clientErrorHandler: (error: NodeJS.ErrnoException, socket: Socket) => {
      const address = socket.remoteAddress ?? '';
      if (answerBroken(error, socket)) broken(address);
    },
    frameworkErrors: (_error: FastifyError, request: FastifyRequest, reply: FastifyReply) =>
      void notFound(request, reply),
  };
  const app = fastify(options);
  limitConnections(app.server);
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers);
    done();
  });
  app.setNotFoundHandler(notFound);
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    if (!isRefusal(error)) return answerError(error, reply);
    return answerRefusal(request, reply, error, (page) => pages.send(request, reply, page));
  });
  return app;
}

const statusOf: Readonly<Record<string, number>> = {
  ACT_REFUSED: 409,
  EXAM_UNKNOWN: 404,
  OUTCOME_CHANGED: 409,
};

/** A person is told what happened and what to do; of what went wrong inside nothing leaves. */
function answerError(error: FastifyError, reply: FastifyReply): FastifyReply {
  if (error instanceof ScansideError && error.code in statusOf) {
    const { code, message, remedy } = error;
    return reply.code(statusOf[code] ?? 400).send({ code, error: message, remedy });
  }
  const status = error.statusCode ?? 500;
  return reply.code(status).send({ error: status < 500 ? 'bad request' : 'internal' });
}
