import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ComponentChildren } from 'preact';
import { h } from 'preact';
import { Devices } from './pages/devices.ts';
import { Drift } from './pages/drift.ts';
import { pageHtml } from './pages/frame.ts';
import { Models } from './pages/models.ts';
import { Overview } from './pages/overview.ts';
import { RolloutPage } from './pages/rollout.ts';
import { Rollouts } from './pages/rollouts.ts';
import type { FleetPicture, Photographer } from './picture.ts';

interface Question {
  find: string;
  page: number;
}

type Draw = (picture: FleetPicture, question: Question) => ComponentChildren;

const views: Readonly<Record<string, [title: string, draw: Draw]>> = {
  '/': ['Overview', (picture) => h(Overview, { picture })],
  '/devices': ['Devices', (picture, question) => h(Devices, { picture, ...question })],
  '/rollouts': ['Rollouts', (picture) => h(Rollouts, { picture })],
  '/models': ['Models', (picture) => h(Models, { picture })],
  '/drift': ['Drift', (picture, { find }) => h(Drift, { picture, find })],
};

/** Serves what can be looked at. */
export function serveViews(
  app: FastifyInstance,
  { photographer }: { photographer: Photographer },
): void {
  const look = { config: { console: 'viewer' } } as const;
  for (const [path, [title, draw]] of Object.entries(views))
    app.get(path, look, async (request, reply) => {
      const picture = await photographer.take();
      return send(request, reply, { title, picture, body: draw(picture, questionOf(request)) });
    });
  app.get<{ Params: { name: string } }>('/rollouts/:name', look, async (request, reply) => {
    const { name } = request.params;
    const [picture, rollout] = [await photographer.take(), await photographer.takeRollout(name)];
    const { role } = request.consoleSession!;
    const body = h(RolloutPage, { picture: rollout, role });
    return send(request, reply, { title: `Rollout ${name}`, picture, body });
  });
}

/** Answers with a page. */
export function send(
  request: FastifyRequest,
  reply: FastifyReply,
  {
    title,
    picture,
    body,
  }: { title: string; picture: FleetPicture | undefined; body: ComponentChildren },
): FastifyReply {
  const path = request.url.split('?')[0] ?? '/';
  const html = pageHtml({ session: request.consoleSession, path, picture }, title, body);
  return reply.type('text/html; charset=utf-8').send(html);
}

function questionOf({ query }: FastifyRequest): Question {
  const { find, page } = query as Record<string, unknown>;
  return {
    find: typeof find === 'string' ? find.slice(0, 64) : '',
    page: typeof page === 'string' && /^\d{1,6}$/.test(page) ? Number(page) : 1,
  };
}
