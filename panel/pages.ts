import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { actorOf } from './actor.ts';
import type { Asset, Assets } from './assets.ts';
import { documentHtml } from './document.ts';
import type { Feed } from './feed.ts';
import { deviceJson } from './json.ts';
import { readPreferences } from './preferences.ts';
import { audienceOf } from './presentation.ts';
import type { PanelSettings } from './settings.ts';
import type { PanelSource } from './source.ts';
import { chooseTab } from './view/outcome.ts';
import type { PageData, PageState, Shell } from './view/state.ts';

export interface PagesOptions {
  feed: Feed;
  source: PanelSource;
  settings: PanelSettings;
  assets: Assets;
}

/** The panel's pages and the files that they need. */
export class Pages {
  readonly #options: PagesOptions;
  readonly #timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

  constructor(options: PagesOptions) {
    this.#options = options;
  }

  serve(app: FastifyInstance): void {
    app.get<{ Querystring: { show?: unknown } }>('/', (request, reply) =>
      this.send(request, reply, { name: 'list', show: chooseTab(request.query.show) }),
    );
    this.#serveDevicePages(app);
    for (const asset of this.#options.assets.files)
      app.get(asset.path, (request, reply) => sendAsset(request, reply, asset));
  }

  #serveDevicePages(app: FastifyInstance): void {
    const { source, assets } = this.#options;
    app.get('/device', (request, reply) =>
      this.send(request, reply, { name: 'device', detail: source.deviceDetail() }),
    );
    app.get('/models', (request, reply) =>
      this.send(request, reply, { name: 'models', models: source.models() }),
    );
    app.get('/quality', (request, reply) => this.send(request, reply, { name: 'quality' }));
    app.get('/about', (request, reply) =>
      this.send(request, reply, { name: 'about', ...assets.shipment }),
    );
  }

  /** Answers with a page as the asker may see it. */
  send(request: FastifyRequest, reply: FastifyReply, page: PageData): FastifyReply {
    const html = documentHtml(this.#state(request, reply, page), this.#options.assets);
    return reply.type('text/html; charset=utf-8').send(html);
  }

  #state(request: FastifyRequest, reply: FastifyReply, page: PageData): PageState {
    const { feed, source } = this.#options;
    const { user, role } = actorOf(request);
    const audience = audienceOf(role);
    const lastEventId = feed.lastId;
    const exams = page.name === 'list' ? source.exams() : [];
    return {
      shell: this.#shell(request, reply),
      page,
      lastEventId,
      now: feed.viewing(audience).now,
      device: deviceJson(source.device()),
      exams: exams.map((exam) => feed.present(exam, audience)),
      seen: Object.fromEntries(source.seen(user)),
    };
  }

  #shell(request: FastifyRequest, reply: FastifyReply): Shell {
    const { settings } = this.#options;
    const { user, role } = actorOf(request);
    return {
      ...readPreferences(request, reply, settings),
      timeZone: this.#timeZone,
      user: {
        name: user,
        role,
        permissions: [
          'see-exams',
          'act',
          'pause-ai',
          'resume-ai',
          'see-device',
          'see-models',
          'see-quality',
        ],
      },
      csrf: '',
      privacyMaskSeconds: settings.privacyMaskSeconds,
    };
  }
}

function sendAsset(request: FastifyRequest, reply: FastifyReply, asset: Asset): FastifyReply {
  const { type, bytes, gzipped, immutable } = asset;
  const zipped = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  if (immutable) reply.header('cache-control', 'public, max-age=31536000, immutable');
  if (zipped) reply.header('content-encoding', 'gzip');
  return reply
    .type(type)
    .header('vary', 'accept-encoding')
    .send(zipped ? gzipped : bytes);
}
