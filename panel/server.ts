import { randomUUID } from 'node:crypto';
import fastify from 'fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import { Feed } from './feed.ts';
import { deviceJson, examJson } from './json.ts';
import { notFoundHtml, pageHtml } from './page.ts';
import { securityHeaders } from './security-headers.ts';
import type { PanelSource } from './source.ts';
import { readWebFiles } from './web-files.ts';
import { chooseTab } from './words.ts';

export interface PanelOptions {
  host: string;
  /** 0 takes a free port. */
  port: number;
  clock: Clock;
  source: PanelSource;
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

/** Serves the panel. Throws PORT_IN_USE where the address cannot be listened on. */
export async function startPanel(options: PanelOptions): Promise<Panel> {
  const { host, clock, source } = options;
  const feed = new Feed(clock, source, randomUUID());
  const app = createApp();
  servePages(app, feed, source);
  serveEvents(app, feed);
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

function createApp(): FastifyInstance {
  const app = fastify({
    logger: false,
    forceCloseConnections: true,
    requestTimeout: 10_000,
    bodyLimit: 1024,
    frameworkErrors: (_error, request, reply) => void answerNotFound(request, reply),
  });
  app.server.maxConnections = maxConnections;
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(securityHeaders);
    done();
  });
  app.setNotFoundHandler(answerNotFound);
  app.setErrorHandler<FastifyError>((error, _request, reply) => {
    const status = error.statusCode ?? 500;
    return reply.code(status).send({ error: status < 500 ? 'bad request' : 'internal' });
  });
  return app;
}

function servePages(app: FastifyInstance, feed: Feed, source: PanelSource): void {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  app.get<{ Querystring: { show?: unknown } }>('/', (request, reply) => {
    const show = chooseTab(request.query.show);
    const content = { exams: source.exams(), device: source.device(), lastEventId: feed.lastId };
    return sendHtml(reply, pageHtml({ ...content, show, timeZone }));
  });
  app.get('/api/exams', () => ({
    exams: source.exams().map(examJson),
    device: deviceJson(source.device()),
  }));
  app.post<{ Params: { id: string } }>('/api/exams/:id/raise', async (request, reply) => {
    if (!isSameOrigin(request)) return reply.code(403).send({ error: 'another site asked' });
    const actor = { user: 'panel', role: 'technologist', address: request.ip } as const;
    return source.act(actor, { kind: 'raise', examId: request.params.id });
  });
  app.get('/healthz', () => ({ status: 'ok' }));
  for (const { path, type, content } of readWebFiles())
    app.get(path, (_request, reply) => reply.type(type).send(content));
}

/**
 * Whether one of our own pages asks, and not another site's in the same browser: a browser names the origin of every
 * POST, and no page can change that. It is no login.
 */
function isSameOrigin({ headers: { origin, host } }: FastifyRequest): boolean {
  if (origin === undefined || host === undefined) return false;
  return URL.canParse(origin) && new URL(origin).host === host;
}

/** `since` is for a page that opens its first stream; a browser that reconnects sends Last-Event-ID by itself. */
function serveEvents(app: FastifyInstance, feed: Feed): void {
  app.get<{ Querystring: { since?: unknown } }>('/api/events', (request, reply) => {
    const seen = request.headers['last-event-id'] ?? request.query.since;
    reply.hijack();
    reply.raw.writeHead(200, { ...securityHeaders, 'content-type': 'text/event-stream' });
    feed.join(reply.raw, typeof seen === 'string' ? seen : '');
  });
}

function answerNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.headers(securityHeaders).code(404);
  const wantsHtml = request.headers.accept?.includes('text/html') ?? false;
  return wantsHtml ? sendHtml(reply, notFoundHtml()) : reply.send({ error: 'not found' });
}

function sendHtml(reply: FastifyReply, html: string): FastifyReply {
  return reply.type('text/html; charset=utf-8').send(html);
}
