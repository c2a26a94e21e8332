import { randomUUID } from 'node:crypto';
import fastify from 'fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import { serveApi } from './api.ts';
import { readAssets } from './assets.ts';
import { Feed } from './feed.ts';
import { Pages } from './pages.ts';
import { securityHeaders } from './security-headers.ts';
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
}

/** A panel that listens. */
export interface Panel {
  readonly url: string;
  readonly port: number;
  /** How many pages are connected to the stream of events. */
  readonly viewers: number;
  close(): Promise<void>;
}

/** More than any ward has screens; past it a connection is refused. */
const maxConnections = 256;

/** Serves the panel. Throws PORT_IN_USE where the address cannot be listened on, PANEL_NOT_BUILT without its files. */
export async function startPanel(options: PanelOptions): Promise<Panel> {
  const { host, clock, source, settings = defaultSettings } = options;
  const assets = readAssets();
  const noticeDelayMs = settings.technologistNoticeDelaySeconds * 1000;
  const feed = new Feed({ clock, source, bootId: randomUUID(), noticeDelayMs });
  const pages = new Pages({ feed, source, settings, assets });
  const app = createApp(pages);
  pages.serve(app);
  serveApi(app, { feed, source });
  try {
    await app.listen({ host, port: options.port });
  } catch (cause) {
    feed.close();
    throw new ScansideError('PORT_IN_USE', `panel on ${host}:${options.port}`, { cause });
  }
  const address = app.server.address();
  const port = typeof address === 'object' && address ? address.port : options.port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}/`,
    port,
    get viewers() {
      return feed.viewers;
    },
    async close() {
      feed.close();
      await app.close();
    },
  };
}

function createApp(pages: Pages): FastifyInstance {
  const notFound = (request: FastifyRequest, reply: FastifyReply) => {
    reply.headers(securityHeaders).code(404);
    const wantsHtml = request.headers.accept?.includes('text/html') ?? false;
    if (wantsHtml) return pages.send(request, reply, { name: 'not-found' });
    return reply.send({ error: 'not found' });
  };
  const app = fastify({
    logger: false,
    forceCloseConnections: true,
    requestTimeout: 10_000,
    bodyLimit: 4096,
    frameworkErrors: (_error, request, reply) => void notFound(request, reply),
  });
  app.server.maxConnections = maxConnections;
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(securityHeaders);
    done();
  });
  app.setNotFoundHandler(notFound);
  app.setErrorHandler<FastifyError>((error, _request, reply) => answerError(error, reply));
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
