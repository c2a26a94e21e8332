import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ScansideError } from '../device/errors.ts';
import type { Act } from './act.ts';
import type { Permission } from './access/permissions.ts';
import { readAct } from './act-form.ts';
import { actorOf } from './actor.ts';
import type { Feed } from './feed.ts';
import { deviceJson } from './json.ts';
import type { Audience } from './presentation.ts';
import { audienceOf, withheld } from './presentation.ts';
import { securityHeaders } from '../device/web/security-headers.ts';
import { serveShown } from './shown.ts';
import type { PanelSource } from './source.ts';

export interface ApiPorts {
  feed: Feed;
  source: PanelSource;
}

const seeExams = { config: { permission: 'see-exams' } } as const;

/** Which permission each act takes. */
const permissionOf: Partial<Record<Act['kind'], Permission>> = {
  withdraw: 'withdraw-flag',
  pause: 'pause-ai',
  resume: 'resume-ai',
  'postpone-update': 'postpone-update',
  'read-exam': 'read-exams',
  'release-model': 'release-model',
  'stop-model': 'stop-model',
};

/** What the panel's own pages ask for, as JSON. */
export function serveApi(app: FastifyInstance, ports: ApiPorts): void {
  serveLists(app, ports);
  serveEvents(app, ports);
  serveActs(app, ports);
  serveShown(app, ports);
}

function serveLists(app: FastifyInstance, { feed, source }: ApiPorts): void {
  app.get('/healthz', { config: { permission: 'public' } }, () => ({ status: 'ok' }));
  app.get('/api/exams', seeExams, (request) => {
    const { user, role } = actorOf(request);
    return {
      exams: source.exams().map((exam) => feed.present(exam, audienceOf(role))),
      device: deviceJson(source.device()),
      seen: Object.fromEntries(source.seen(user)),
    };
  });
}

/** `since` is for a page that opens its first stream; a browser that reconnects sends Last-Event-ID by itself. */
function serveEvents(app: FastifyInstance, { feed }: ApiPorts): void {
  // Whoever asks for the head alone would hold a stream that they cannot read.
  const stream = { ...seeExams, exposeHeadRoute: false };
  app.get<{ Querystring: { since?: unknown } }>('/api/events', stream, (request, reply) => {
    const { user, role } = actorOf(request);
    const seen = request.headers['last-event-id'] ?? request.query.since;
    reply.hijack();
    reply.raw.writeHead(200, { ...securityHeaders, 'content-type': 'text/event-stream' });
    const viewer = { session: request.session?.id ?? '', user, audience: audienceOf(role) };
    feed.join(reply.raw, viewer, typeof seen === 'string' ? seen : '');
  });
}

const examActs = [
  'seen',
  'unseen',
  'agree',
  'disagree',
  'retract',
  'withdraw',
  'repeat-taken',
  'raise',
] as const;
const deviceActs = [
  'pause',
  'resume',
  'postpone-update',
  'read-exam',
  'release-model',
  'stop-model',
] as const;

function serveActs(app: FastifyInstance, { feed, source }: ApiPorts): void {
  /** An act is on the outcome that its person was shown. What they must not know yet no answer gives away. */
  const checkOutcome = (act: Extract<Act, { outcomeId: string }>, audience: Audience) => {
    const listed = source.exams().find(({ id }) => id === act.examId);
    const exam = listed ?? source.detail(act.examId)?.exam;
    const shown = exam && feed.present(exam, audience).outcomeId;
    if (shown === withheld || (exam && shown !== act.outcomeId))
      throw new ScansideError('OUTCOME_CHANGED', act.examId);
  };
  const answer = async (request: FastifyRequest, act: Act) => {
    const actor = actorOf(request);
    if ('outcomeId' in act) checkOutcome(act, audienceOf(actor.role));
    const done = await source.act(actor, act);
    if (act.kind === 'seen') feed.tellSeen(actor.user, act.examId, act.outcomeId);
    if (act.kind === 'unseen') feed.tellSeen(actor.user, act.examId, null);
    return done;
  };
  for (const kind of examActs)
    app.post<{ Params: { id: string } }>(`/api/exams/:id/${kind}`, allow(kind), (request) =>
      answer(request, formOf(kind, request.body, request.params.id)),
    );
  for (const kind of deviceActs)
    app.post(`/api/ai/${kind}`, allow(kind), (request) =>
      answer(request, formOf(kind, request.body)),
    );
}

function formOf(kind: Act['kind'], body: unknown, examId?: string): Act {
  const act = readAct({ ...(body as object), kind, examId });
  if (!act) throw new ScansideError('ACT_REFUSED', `the form of ${kind}`);
  return act;
}

function allow(kind: Act['kind']): { config: { permission: Permission } } {
  return { config: { permission: permissionOf[kind] ?? 'act' } };
}
