import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Access } from './access/access.ts';
import { actorOf } from './actor.ts';
import type { Pages } from './pages.ts';
import { reportForms, type ServiceDesk } from './service-view.ts';

export interface ServicePorts {
  access: Access;
  service: ServiceDesk;
  pages: Pages;
}

const forService = { config: { permission: 'service-device' } } as const;

const typeOf = {
  html: 'text/html; charset=utf-8',
  pdf: 'application/pdf',
  json: 'application/json; charset=utf-8',
} as const;

/** Serves what a field engineer does: checks, commissioning and its report. Works without scripts. */
export function serveService(app: FastifyInstance, { access, service, pages }: ServicePorts): void {
  app.get('/service', forService, (request, reply) =>
    pages.send(request, reply, { name: 'service', service: service.view() }),
  );
  app.post('/service/run', forService, (request, reply) => {
    const what = access.fields(request)['what'] === 'commissioning' ? 'commissioning' : 'checks';
    service.run(what, actorOf(request).user);
    return back(reply);
  });
  app.post<{ Params: { step: string } }>(
    '/service/steps/:step/waive',
    forService,
    (request, reply) => {
      const because = (access.fields(request)['because'] ?? '').trim().slice(0, longestReason);
      if (because === '') return back(reply);
      const isDone = service.waive(request.params.step, because, actorOf(request).user);
      return isDone ? back(reply) : reply.callNotFound();
    },
  );
  for (const form of reportForms)
    app.get(`/service/report.${form}`, forService, (_request, reply) => {
      const bytes = service.report(form);
      if (!bytes) return reply.callNotFound();
      return reply
        .type(typeOf[form])
        .header('content-disposition', `attachment; filename="commissioning-report.${form}"`)
        .send(Buffer.from(bytes));
    });
}

const longestReason = 200;

function back(reply: FastifyReply): FastifyReply {
  return reply.redirect('/service', 303);
}
