import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { permissionsOf } from './access/permissions.ts';
import { actorOf } from './actor.ts';
import type { Asset, Assets } from './assets.ts';
import { documentHtml } from './document.ts';
import type { Feed } from './feed.ts';
import { deviceJson } from './json.ts';
import { readPreferences } from './preferences.ts';
import type { Audience } from './presentation.ts';
import { audienceOf } from './presentation.ts';
import type { QualityView } from './quality-view.ts';
import type { PanelSettings } from './settings.ts';
import type { ExamView, PanelSource } from './source.ts';
import { unknownDevice } from './unknown-device.ts';
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
    const exams = { config: { permission: 'see-exams' } } as const;
    app.get<{ Querystring: { show?: unknown } }>('/', exams, (request, reply) =>
      this.send(request, reply, { name: 'list', show: chooseTab(request.query.show) }),
    );
    this.#serveDevicePages(app);
    const open = { config: { permission: 'public' } } as const;
    for (const asset of this.#options.assets.files)
      app.get(asset.path, open, (request, reply) => sendAsset(request, reply, asset));
  }

  #serveDevicePages(app: FastifyInstance): void {
    const { source, assets } = this.#options;
    app.get('/device', { config: { permission: 'see-device' } }, (request, reply) =>
      this.send(request, reply, { name: 'device', detail: source.deviceDetail() }),
    );
    app.get('/models', { config: { permission: 'see-models' } }, (request, reply) =>
      this.send(request, reply, { name: 'models', models: source.models() }),
    );
    app.get('/quality', { config: { permission: 'see-quality' } }, (request, reply) =>
      this.send(request, reply, { name: 'quality', quality: this.#quality(request) }),
    );
    app.get('/reading', { config: { permission: 'read-exams' } }, (request, reply) =>
      this.send(request, reply, {
        name: 'reading',
        exams: source.readings(actorOf(request).user),
      }),
    );
    app.get('/about', { config: { permission: 'own-account' } }, (request, reply) =>
      this.send(request, reply, { name: 'about', ...assets.shipment }),
    );
  }

  /** Whoever looks after the device has no business with patients: the exams that wait for a reader are counted. */
  #quality(request: FastifyRequest): QualityView {
    const quality = this.#options.source.quality();
    if (audienceOf(actorOf(request).role) !== 'service') return quality;
    return { ...quality, audits: { ...quality.audits, listed: [] } };
  }

  /** Answers with a page as the asker may see it. */
  send(request: FastifyRequest, reply: FastifyReply, page: PageData): FastifyReply {
    const html = documentHtml(this.#state(request, reply, page), this.#options.assets);
    return reply.type('text/html; charset=utf-8').send(html);
  }

  #state(request: FastifyRequest, reply: FastifyReply, page: PageData): PageState {
    const { feed, source } = this.#options;
    if (!request.session) return this.#doorState(request, reply, page);
    const { user, role } = actorOf(request);
    const audience = audienceOf(role);
    const lastEventId = feed.lastId;
    return {
      shell: this.#shell(request, reply),
      page,
      lastEventId,
      now: feed.viewing(audience).now,
      device: deviceJson(source.device()),
      exams: this.#exams(page, audience),
      seen: Object.fromEntries(source.seen(user)),
    };
  }

  /** The exams that a page follows, as they may be seen. */
  #exams(page: PageData, audience: Audience): ExamView[] {
    const { feed, source } = this.#options;
    if (page.name === 'exam') return [page.detail.exam];
    return page.name === 'list' ? source.exams().map((exam) => feed.present(exam, audience)) : [];
  }

  /** Whoever is not signed in learns which device this is, and nothing else. */
  #doorState(request: FastifyRequest, reply: FastifyReply, page: PageData): PageState {
    const { name, now } = this.#options.source.device();
    const device = { ...unknownDevice, name, now };
    return {
      shell: this.#shell(request, reply),
      page,
      lastEventId: '',
      now,
      device,
      exams: [],
      seen: {},
    };
  }

  #shell(request: FastifyRequest, reply: FastifyReply): Shell {
    const { settings } = this.#options;
    const { session } = request;
    return {
      ...readPreferences(request, reply, settings),
      timeZone: this.#timeZone,
      user: session && {
        name: session.user,
        role: session.role,
        permissions: permissionsOf(session.role),
      },
      csrf: session?.csrf ?? '',
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
